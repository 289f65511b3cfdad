using FluentAssertions;
using Npgsql;
using Trading.TestKit;
using Xunit;

namespace Trading.EmbeddedPostgres.Tests;

public sealed class A_private_cluster : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public async Task Starts_in_an_empty_folder_and_keeps_its_data_over_a_restart()
    {
        await using (var first = await StartAsync())
        {
            (await first.CreateDatabaseAsync("trading")).Should().BeTrue();
            (await first.CreateDatabaseAsync("trading")).Should().BeFalse("it is there already");
            await Sql.RunAsync(first.ConnectionString("trading"), "CREATE TABLE t AS SELECT 42 AS answer");
        }

        await using var second = await StartAsync();
        second.Adopted.Should().BeFalse();
        (await Sql.AskAsync(second.ConnectionString("trading"), "SELECT answer FROM t")).Should().Be("42");
        await second.DropDatabaseAsync("trading");
        await second.DropDatabaseAsync("trading");
        (await Sql.AskAsync(second.ConnectionString(), "SELECT count(*) FROM pg_database WHERE datname = 'trading'"))
            .Should()
            .Be("0");
    }

    [Fact]
    public async Task Is_durable_reachable_over_loopback_only_and_asks_for_its_password()
    {
        await using var cluster = await StartAsync();

        var admin = cluster.ConnectionString();
        (await Sql.AskAsync(admin, "SHOW fsync")).Should().Be("on");
        (await Sql.AskAsync(admin, "SHOW synchronous_commit")).Should().Be("on");
        (await Sql.AskAsync(admin, "SHOW full_page_writes")).Should().Be("on");
        (await Sql.AskAsync(admin, "SHOW listen_addresses")).Should().Be("127.0.0.1");
        (await Sql.AskAsync(admin, "SHOW unix_socket_directories")).Should().BeEmpty();
        (
            await Sql.AskAsync(
                admin,
                "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256$%')::text FROM pg_authid WHERE rolpassword IS NOT NULL"
            )
        )
            .Should()
            .Be("true");
        (await Sql.AskAsync(admin, "SELECT bool_and(auth_method = 'scram-sha-256')::text FROM pg_hba_file_rules"))
            .Should()
            .Be("true");
        var guess = new NpgsqlConnectionStringBuilder(admin) { Password = "guess", Pooling = false }.ConnectionString;
        var entering = () => Sql.AskAsync(guess, "SELECT 1");
        (await entering.Should().ThrowAsync<PostgresException>())
            .Which.SqlState.Should()
            .Be(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task Keeps_its_password_where_only_its_owner_can_read_it()
    {
        await using var cluster = await StartAsync();

        var file = Path.Combine(Path.GetDirectoryName(cluster.DataFolder) ?? "", "superuser-password");
        (await File.ReadAllTextAsync(file)).Trim().Length.Should().BeGreaterThan(40);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Never_runs_the_server_as_root()
    {
        await using var cluster = await StartAsync();

        var pid = (await File.ReadAllLinesAsync(Path.Combine(cluster.DataFolder, "postmaster.pid")))[0];
        if (!OperatingSystem.IsLinux())
            return;
        var uid = (await File.ReadAllLinesAsync($"/proc/{pid}/status")).Single(l => l.StartsWith("Uid:"));
        uid.Split('\t')[2].Should().NotBe("0");
    }

    [Fact]
    public async Task Stops_twice_without_complaint_and_leaves_no_server_behind()
    {
        var cluster = await StartAsync();
        var pid = ServerOf(cluster).Pid;

        await cluster.StopAsync();
        await cluster.StopAsync();

        await Eventually.Be(() => !Unix.IsAlive(pid));
        File.Exists(Path.Combine(cluster.DataFolder, "postmaster.pid")).Should().BeFalse();
    }

    [Fact]
    public async Task Deletes_its_folder_when_it_was_ephemeral()
    {
        var options = folder.Options with { Ephemeral = true };
        await using (await EmbeddedPostgresCluster.StartAsync(options))
            Directory.Exists(folder.Path).Should().BeTrue();

        Directory.Exists(folder.Path).Should().BeFalse();
    }

    public void Dispose() => folder.Dispose();

    private Task<EmbeddedPostgresCluster> StartAsync() => EmbeddedPostgresCluster.StartAsync(folder.Options);

    private static Processes.PostmasterFile ServerOf(EmbeddedPostgresCluster cluster) =>
        Processes.PostmasterFile.Read(cluster.DataFolder) ?? throw new InvalidOperationException("No server");
}
