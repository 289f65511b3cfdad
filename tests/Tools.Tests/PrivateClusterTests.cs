using FluentAssertions;
using Trading.Domain.Events;
using Trading.EmbeddedPostgres;
using Trading.EventStore;
using Trading.Projections.Schema;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>The data folder of a service with a private PostgreSQL, while the service does not run.</summary>
public sealed class PrivateClusterTests : IAsyncLifetime
{
    private static readonly byte[] s_master = [.. Enumerable.Repeat((byte)5, 32)];
    private readonly string _data = Directory.CreateTempSubdirectory("trading-private-test-").FullName;

    private string Cluster => Path.Combine(_data, "postgres");

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(_data, "master.key"), Convert.ToBase64String(s_master) + "\n");
        await using var cluster = await EmbeddedPostgresCluster.StartAsync(new() { Folder = Cluster });
        await cluster.CreateDatabaseAsync("trading");
        await using var logs = await PostgresLogs.OpenAsync(
            cluster.ConnectionString("trading"),
            new() { MasterKey = s_master }
        );
        await using var owner = Npgsql.NpgsqlDataSource.Create(cluster.ConnectionString("trading"));
        await ReadSchema.MigrateAsync(owner, default);
        await Journal.AppendAsync(
            logs,
            Journal.Ann,
            new AccountSelected { AccountId = "1", Environment = BrokerEnvironment.Demo },
            new AccountDescribed
            {
                AccountId = "1",
                UserKey = Journal.Ann.Value,
                Environment = BrokerEnvironment.Demo,
                Currency = "USD",
                Login = "login of ann",
            }
        );
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_data, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_verb_starts_the_database_for_the_while_and_finds_the_keys_that_lie_beside_it()
    {
        var verified = await ToolProcess.RunAsync("verify", $"--data={_data}");
        Running().Should().BeFalse("it is stopped behind the verb");
        var state = await ToolProcess.RunAsync("state", "--account=1", $"--data={_data}");
        var byFolder = await ToolProcess.RunAsync("events", $"--data={Cluster}");
        var bySettings = await ToolProcess.RunAsync(
            new Surroundings { Variables = new Dictionary<string, string> { ["TRADING_DATA"] = _data } },
            "rebuild",
            "accounts",
            "--verify"
        );

        verified.ExitCode.Should().Be(0, verified.Error);
        state.ExitCode.Should().Be(0, state.Error);
        state.Objects.Single().GetProperty("why").GetProperty("login").GetInt64().Should().Be(2);
        byFolder.Output.Should().Contain("login of ann");
        bySettings.ExitCode.Should().Be(0, bySettings.Output + bySettings.Error);
        Running().Should().BeFalse();
    }

    [Fact]
    public async Task A_verb_beside_whoever_runs_the_database_leaves_it_running()
    {
        await using var cluster = await EmbeddedPostgresCluster.StartAsync(new() { Folder = Cluster });

        var run = await ToolProcess.RunAsync("verify", $"--data={_data}");

        run.ExitCode.Should().Be(0, run.Error);
        Running().Should().BeTrue();
    }

    [Fact]
    public async Task A_key_file_that_holds_no_key_ends_with_78_and_a_key_that_is_not_there_is_missed_by_its_place()
    {
        var file = Path.Combine(_data, "master.key");
        await File.WriteAllTextAsync(file, "not a key\n");
        var broken = await ToolProcess.RunAsync("state", "--account=1", $"--data={_data}");
        File.Delete(file);
        var missing = await ToolProcess.RunAsync("rebuild", "accounts", $"--data={_data}");

        broken.ExitCode.Should().Be(78, broken.Error);
        broken.Error.Trim().Should().Be($"{file} does not hold 32 bytes in base64.");
        missing.ExitCode.Should().Be(2);
        missing.Error.Should().Contain($"{file} is not there");
    }

    [Fact]
    public async Task The_settings_file_of_the_working_folder_counts_and_one_that_is_wrong_ends_with_78_and_its_line()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_data, "work")).FullName;
        var here = new Surroundings { Folder = folder };
        await File.WriteAllTextAsync(Path.Combine(folder, ".env"), $"TRADING_DATA=\"{_data}\"   # where it is\n");
        var found = await ToolProcess.RunAsync(here, "verify");
        await File.AppendAllTextAsync(Path.Combine(folder, ".env"), "my password\n");
        var wrong = await ToolProcess.RunAsync(here, "verify");

        found.ExitCode.Should().Be(0, found.Error);
        wrong.ExitCode.Should().Be(78);
        wrong.Error.Trim().Should().Be(".env, line 2 is not of the form NAME=value.");
    }

    private bool Running() => ClusterPlace.Find(Cluster)!.IsRunning;
}
