using FluentAssertions;
using Npgsql;
using Trading.TestKit;
using Xunit;

namespace Trading.EmbeddedPostgres.Tests;

public sealed class A_private_cluster(A_private_cluster.Running running) : IClassFixture<A_private_cluster.Running>
{
    [Fact]
    public async Task Creates_and_drops_databases_without_minding_that_it_was_done_before()
    {
        var cluster = running.Cluster;
        (await cluster.CreateDatabaseAsync("odd \"name")).Should().BeTrue();
        (await cluster.CreateDatabaseAsync("odd \"name")).Should().BeFalse("it is there already");
        (await Sql.AskAsync(cluster.ConnectionString("odd \"name"), "SELECT current_database()"))
            .Should()
            .Be("odd \"name");
        await cluster.DropDatabaseAsync("odd \"name");
        await cluster.DropDatabaseAsync("odd \"name");

        (await Sql.AskAsync(cluster.ConnectionString(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'odd%'"))
            .Should()
            .Be("0");
    }

    [Theory]
    [InlineData("fsync", "on")]
    [InlineData("synchronous_commit", "on")]
    [InlineData("full_page_writes", "on")]
    [InlineData("listen_addresses", "127.0.0.1")]
    [InlineData("unix_socket_directories", "")]
    [InlineData("max_connections", "200")]
    [InlineData("shared_buffers", "256MB")]
    public async Task Runs_durable_and_on_loopback_only(string setting, string value) =>
        (await Sql.AskAsync(running.Cluster.ConnectionString(), $"SHOW {setting}")).Should().Be(value);

    [Fact]
    public async Task Lets_nobody_in_without_its_password()
    {
        var admin = running.Cluster.ConnectionString();
        const string EveryRule = "SELECT bool_and(auth_method = 'scram-sha-256')::text FROM pg_hba_file_rules";
        (await Sql.AskAsync(admin, EveryRule)).Should().Be("true");

        var guess = new NpgsqlConnectionStringBuilder(admin) { Password = "guess" }.ConnectionString;
        var entering = () => Sql.AskAsync(guess, "SELECT 1");
        (await entering.Should().ThrowAsync<PostgresException>())
            .Which.SqlState.Should()
            .Be(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task Keeps_its_password_where_only_its_owner_can_read_it()
    {
        var file = Path.Combine(Path.GetDirectoryName(running.Cluster.DataFolder) ?? "", "superuser-password");

        (await File.ReadAllTextAsync(file)).Trim().Length.Should().BeGreaterThan(40);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [FactForRoot]
    public async Task Drops_privileges_when_run_by_root()
    {
        var pid = Servers.Of(running.Cluster).Pid;
        var uid = (await File.ReadAllLinesAsync($"/proc/{pid}/status")).Single(l =>
            l.StartsWith("Uid:", StringComparison.Ordinal)
        );

        uid.Split('\t').Skip(1).Should().OnlyContain(id => id != "0");
    }

    [Fact]
    public async Task Belongs_to_one_process_at_a_time()
    {
        var second = () => EmbeddedPostgresCluster.StartAsync(running.Folder.Options);

        (await second.Should().ThrowAsync<EmbeddedPostgresException>())
            .Which.Fault.Should()
            .Be(EmbeddedPostgresFault.FolderInUse);
        (await Sql.AskAsync(running.Cluster.ConnectionString(), "SELECT 1")).Should().Be("1", "the first is unharmed");
    }

    [Fact]
    public async Task Is_gone_with_its_folder_after_the_stop_when_it_was_ephemeral()
    {
        using var folder = new TestFolder();
        var cluster = await EmbeddedPostgresCluster.StartAsync(folder.Options with { Ephemeral = true });
        var pid = Servers.Of(cluster).Pid;

        await cluster.StopAsync();
        await cluster.StopAsync();

        await Eventually.Be(() => !Unix.IsAlive(pid));
        Directory.Exists(folder.Path).Should().BeFalse();
    }

    public sealed class Running : IAsyncLifetime
    {
        private EmbeddedPostgresCluster? cluster;

        internal TestFolder Folder { get; } = new();

        public EmbeddedPostgresCluster Cluster => cluster ?? throw new InvalidOperationException("Not started");

        public async Task InitializeAsync() => cluster = await EmbeddedPostgresCluster.StartAsync(Folder.Options);

        public async Task DisposeAsync()
        {
            await Cluster.StopAsync();
            Folder.Dispose();
        }
    }
}
