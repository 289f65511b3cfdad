using FluentAssertions;
using Npgsql;
using Trading.EventStore;
using Trading.EventStore.Archive;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class VerifyTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    private string Connection => $"--connection={_database.ConnectionString}";

    public async Task InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(_database.ConnectionString);
        await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(1m), Journal.Balance(2m));
        await Journal.AppendAsync(logs, Journal.Bob, Journal.Position("EURUSD"));
        await Journal.AppendTicksAsync(logs, "demo", Journal.Tick("EURUSD", 1.1m, 1), Journal.Tick("EURUSD", 1.2m, 2));
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Whole_logs_end_with_0()
    {
        var run = await ToolProcess.RunAsync("verify", Connection);

        run.ExitCode.Should().Be(0, run.Output + run.Error);
        run.Objects.Select(line => line.GetProperty("log").GetString()).Should().Equal("journal", "market");
        run.Objects.Select(line => line.GetProperty("head").GetInt64()).Should().Equal(3, 2);
        run.Objects.Select(line => line.GetProperty("findings").GetInt32()).Should().Equal(0, 0);
        run.Objects[0].GetProperty("hash").GetString().Should().HaveLength(64);
    }

    [Fact]
    public async Task A_changed_payload_ends_with_1_and_is_named()
    {
        await DamageAsync("UPDATE eventstore.journal SET payload = payload || '\\x00' WHERE log_offset = 2");

        var run = await ToolProcess.RunAsync("verify", Connection, "--log=journal");

        run.ExitCode.Should().Be(1);
        run.Objects.Where(line => line.TryGetProperty("finding", out _))
            .Select(line => line.GetProperty("offset").GetInt64())
            .Should()
            .Contain(2);
    }

    [Fact]
    public async Task A_deleted_event_ends_with_1()
    {
        await DamageAsync("DELETE FROM eventstore.journal WHERE log_offset = 2");

        var run = await ToolProcess.RunAsync("verify", Connection, "--log=journal");

        run.ExitCode.Should().Be(1);
        run.Output.Should().Contain("missingOffset");
    }

    [Fact]
    public async Task A_hole_in_the_market_log_ends_with_1()
    {
        await using (var logs = await PostgresLogs.OpenAsync(_database.ConnectionString))
        {
            await Journal.AppendTicksAsync(logs, "demo", Journal.Tick("EURUSD", 1.3m, 3));
        }

        await DamageAsync("UPDATE eventstore.market SET first_offset = 4, last_offset = 4 WHERE first_offset = 3");

        var run = await ToolProcess.RunAsync("verify", Connection, "--log=market");

        run.ExitCode.Should().Be(1);
    }

    [Fact]
    public async Task A_damaged_archive_ends_with_1()
    {
        var folder = Directory.CreateTempSubdirectory("trading-verify-test-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, ArchiveManifest.FileName), "{");

            var run = await ToolProcess.RunAsync("verify", "--log=market", $"--archive={folder.FullName}", Connection);

            run.ExitCode.Should().Be(1, run.Error);
            run.Objects[0].GetProperty("finding").GetString().Should().Be("damagedArchive");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task An_anchor_that_the_journal_contains_is_found_and_another_is_not()
    {
        var head = (await ToolProcess.RunAsync("verify", Connection, "--log=journal")).Objects[0];
        var anchor = $"--anchor={head.GetProperty("head")}:{head.GetProperty("hash").GetString()}";

        (await ToolProcess.RunAsync("verify", Connection, "--log=journal", anchor)).ExitCode.Should().Be(0);
        var other = await ToolProcess.RunAsync(
            "verify",
            Connection,
            "--log=journal",
            $"--anchor=3:{new string('0', 64)}"
        );
        other.ExitCode.Should().Be(1);
        other.Output.Should().Contain("anchor");
    }

    [Fact]
    public async Task What_cannot_be_checked_ends_with_2()
    {
        var nobody = await ToolProcess.RunAsync("verify", "--connection=Host=127.0.0.1;Port=1;Username=x");
        var anchor = await ToolProcess.RunAsync("verify", Connection, "--anchor=nonsense");
        var option = await ToolProcess.RunAsync("verify", Connection, "--log=ledger");

        (nobody.ExitCode, anchor.ExitCode, option.ExitCode).Should().Be((2, 2, 2));
        anchor.Error.Should().Contain("offset:hash");
    }

    [Theory]
    [InlineData("--log=market --anchor=3:{0}", "--log=market leaves out")]
    [InlineData("--public-key=nowhere", "--anchor=FILE")]
    [InlineData("--anchor=3:{0} --public-key=nowhere", "bears no signature")]
    public async Task What_would_not_be_looked_at_is_refused_and_never_found_in_order(string options, string why)
    {
        var words = options.Replace("{0}", new string('0', 64), StringComparison.Ordinal).Split(' ');

        var run = await ToolProcess.RunAsync(["verify", Connection, .. words]);

        run.ExitCode.Should().Be(2, run.Output);
        run.Error.Should().Contain(why);
        run.Output.Should().BeEmpty();
    }

    [Fact]
    public async Task The_cluster_of_a_data_folder_is_found_while_it_runs_and_started_for_the_while_when_it_does_not()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"trading-tools-test-{Guid.NewGuid():N}");
        try
        {
            await using (
                var cluster = await EmbeddedPostgres.EmbeddedPostgresCluster.StartAsync(
                    new() { Folder = Path.Combine(folder, "postgres") }
                )
            )
            {
                await cluster.CreateDatabaseAsync("trading");
                await using (var logs = await PostgresLogs.OpenAsync(cluster.ConnectionString("trading")))
                {
                    await Journal.AppendAsync(logs, Journal.Ann, Journal.Balance(1m));
                }

                var running = await ToolProcess.RunAsync("verify", $"--data={folder}");
                running.ExitCode.Should().Be(0, running.Error);
                running.Objects[0].GetProperty("head").GetInt64().Should().Be(1);
            }

            var stopped = await ToolProcess.RunAsync("verify", $"--data={folder}");
            stopped.ExitCode.Should().Be(0, stopped.Error);
            stopped.Objects[0].GetProperty("head").GetInt64().Should().Be(1);
            EmbeddedPostgres.ClusterPlace.Find(Path.Combine(folder, "postgres"))!.IsRunning.Should().BeFalse();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // As somebody with the superuser's password could.
    private async Task DamageAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SET session_replication_role = replica; {sql}", connection);
        await command.ExecuteNonQueryAsync();
    }
}
