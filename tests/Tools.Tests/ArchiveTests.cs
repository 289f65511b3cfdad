using FluentAssertions;
using Npgsql;
using Trading.EventStore;
using Trading.EventStore.Archive;
using Trading.TestKit;
using Xunit;

namespace Trading.Tools.Tests;

/// <summary>The verb <c>archive</c> and all who read behind it, with partitions of a few ticks.</summary>
public sealed class ArchiveTests : IAsyncLifetime
{
    private const int TicksOfTheFirst = 100;
    private const int AllTicks = 200;
    private const string Candles =
        "select string_agg(to_jsonb(c)::text, ',' order by environment, symbol, timeframe, open_time_ms) "
        + "from (select environment, symbol, timeframe, open_time_ms, open, high, low, close, volume from read.candles) c";

    private readonly string _folder = Directory.CreateTempSubdirectory("trading-archive-test-").FullName;
    private RunningReadModels _models = null!;

    private string Connection => _models.Connection;

    private string Archive => $"--archive={_folder}";

    public async Task InitializeAsync()
    {
        _models = await RunningReadModels.StartAsync();
        await _models.ExecuteAsync(
            $"""
            SET ROLE trading_owner;
            ALTER TABLE eventstore.market DETACH PARTITION eventstore.market_0000000000;
            DROP TABLE eventstore.market_0000000000;
            CREATE TABLE eventstore.market_0000000000 PARTITION OF eventstore.market FOR VALUES FROM (0) TO ({TicksOfTheFirst});
            CREATE TABLE eventstore.market_0000000001 PARTITION OF eventstore.market FOR VALUES FROM ({TicksOfTheFirst}) TO (33554432);
            RESET ROLE;
            """
        );
        for (var tick = 0; tick < AllTicks; tick += 10)
        {
            await Journal.AppendTicksAsync(
                _models.Logs,
                "demo",
                [.. Enumerable.Range(tick, 10).Select(at => Journal.Tick("EURUSD", 1 + at / 1_000m, at * 20_000L))]
            );
        }

        await Eventually.Be(async () =>
            await _models.ScalarAsync<long>(
                "select min(at_offset) from read.checkpoints where projection like 'candles@%'"
            ) == AllTicks
        );
    }

    public async Task DisposeAsync()
    {
        await _models.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_cannot_be_archived_ends_with_2_and_says_why()
    {
        var file = Path.Combine(_folder, "a file");
        await File.WriteAllTextAsync(file, "");

        var folder = await ToolProcess.RunAsync("archive", Connection, $"--archive={file}");
        var days = await ToolProcess.RunAsync("archive", Connection, Archive, "--older-than=long");

        folder.ExitCode.Should().Be(2);
        folder.Error.Should().Contain("--archive").And.NotContain("   at ");
        days.ExitCode.Should().Be(2);
        days.Error.Should().Contain("--older-than is a number of days, 0 to 36500: not 'long'");
    }

    [Fact]
    public async Task Archived_ticks_are_read_verified_and_folded_as_if_they_still_stood_in_the_log()
    {
        var before = await _models.ScalarAsync<string>(Candles);

        // As a run leaves it that was killed between taking a partition out of the log and dropping it; and as somebody
        // leaves it who has taken one out by hand, to keep it.
        await _models.ExecuteAsync(
            """
            SET ROLE trading_owner;
            CREATE TABLE eventstore.market_0000009999 ();
            COMMENT ON TABLE eventstore.market_0000009999 IS 'retired';
            CREATE TABLE eventstore.market_0000009998 ();
            RESET ROLE;
            """
        );

        var nothing = await ToolProcess.RunAsync("archive", Archive, "--older-than=1", Connection);
        var archived = await ToolProcess.RunAsync("archive", Archive, "--older-than=0", "--json", Connection);
        var nonsense = await ToolProcess.RunAsync("archive", Archive, "--older-than=-1", Connection);

        (nothing.ExitCode, archived.ExitCode, nonsense.ExitCode).Should().Be((0, 0, 2), archived.Error);
        nothing.Output.Should().Contain("No partition is that old");
        (
            await _models.ScalarAsync<string>(
                "SELECT string_agg(relname, ',') FROM pg_class WHERE relname LIKE 'market_000000999%'"
            )
        )
            .Should()
            .Be("market_0000009998");
        var file = archived.Objects.Single();
        (file.GetProperty("first").GetInt64(), file.GetProperty("last").GetInt64()).Should().Be((1, TicksOfTheFirst));
        var left = await ToolProcess.RunAsync("events", "--log=market", Connection);
        var all = await ToolProcess.RunAsync("events", "--log=market", Archive, Connection);
        (left.Lines.Count, all.Lines.Count).Should().Be((AllTicks - TicksOfTheFirst, AllTicks));
        var verified = await ToolProcess.RunAsync("verify", "--log=market", Archive, Connection);
        verified.ExitCode.Should().Be(0, verified.Output);

        var blind = await ToolProcess.RunAsync("rebuild", "candles", Connection);
        var blindly = await ToolProcess.RunAsync("compare", "candles", Connection);
        (blind.ExitCode, blindly.ExitCode).Should().Be((1, 2));
        blind.Output.Should().Contain("were archived").And.Contain("--archive");
        blindly.Error.Should().Contain("were archived").And.Contain("--archive");
        var compared = await ToolProcess.RunAsync("compare", "candles", Archive, Connection);
        var rebuilt = await ToolProcess.RunAsync("rebuild", "candles", "--json", Archive, Connection);
        compared.ExitCode.Should().Be(0, compared.Output + compared.Error);
        rebuilt.ExitCode.Should().Be(0, rebuilt.Output + rebuilt.Error);
        (
            await _models.ScalarAsync<string>(
                "select max(projection) from read.checkpoints where projection like 'candles@%'"
            )
        )
            .Should()
            .Be($"candles@{rebuilt.Objects.Single().GetProperty("generation").GetInt32()}");
        (await _models.ScalarAsync<string>(Candles)).Should().Be(before);
    }

    [Fact]
    public async Task A_young_log_is_cut_so_that_archiving_can_be_tried_and_goes_on_behind_the_cut()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        var connection = $"--connection={database.ConnectionString}";
        await Journal.AppendTicksAsync(logs, "demo", Journal.Tick("EURUSD", 1.1m, 1), Journal.Tick("EURUSD", 1.2m, 2));
        var lonely = await ToolProcess.RunAsync("archive", Archive, "--older-than=0", connection);
        await Journal.AppendTicksAsync(logs, "demo", Journal.Tick("EURUSD", 1.3m, 3));

        var first = await ToolProcess.RunAsync("archive", Archive, "--older-than=0", "--json", connection);
        await Journal.AppendTicksAsync(logs, "demo", Journal.Tick("EURUSD", 1.4m, 4));
        var second = await ToolProcess.RunAsync("archive", Archive, "--older-than=0", "--json", connection);
        await Journal.AppendTicksAsync(logs, "demo", Journal.Tick("EURUSD", 1.5m, 5));

        lonely.ExitCode.Should().Be(0, lonely.Error);
        lonely.Output.Should().Contain("No partition is that old", "the head of the log is in its newest record");
        (first.ExitCode, second.ExitCode).Should().Be((0, 0), first.Error + second.Error);
        (int, int) Range(ToolRun run) =>
            (run.Objects.Single().GetProperty("first").GetInt32(), run.Objects.Single().GetProperty("last").GetInt32());
        (Range(first), Range(second)).Should().Be(((1, 2), (3, 3)));
        var left = await ToolProcess.RunAsync("events", "--log=market", connection);
        var all = await ToolProcess.RunAsync("events", "--log=market", Archive, connection);
        left.Objects.Select(tick => tick.GetProperty("offset").GetInt64()).Should().Equal(4, 5);
        all.Objects.Select(tick => tick.GetProperty("bid").GetDecimal()).Should().Equal(1.1m, 1.2m, 1.3m, 1.4m, 1.5m);
        var verified = await ToolProcess.RunAsync("verify", "--log=market", Archive, connection);
        verified.ExitCode.Should().Be(0, verified.Output);
    }

    [Fact]
    public async Task Ctrl_C_while_it_waits_for_a_reader_loses_nothing_and_the_next_run_ends_the_work()
    {
        await using (var reader = await _models.Database.DataSource.OpenConnectionAsync())
        {
            await using var reading = await reader.BeginTransactionAsync();
            await using (var command = new NpgsqlCommand("SELECT count(*) FROM eventstore.market", reader))
            {
                await command.ExecuteScalarAsync();
            }

            using var archive = ToolProcess.Start("archive", Archive, "--older-than=0", Connection);
            await Eventually.Be(
                () => _models.ScalarAsync<bool>("SELECT bool_or(inhdetachpending) FROM pg_inherits"),
                TimeSpan.FromSeconds(30)
            );

            var run = await ToolProcess.InterruptAsync(archive);

            run.ExitCode.Should().Be(130, run.Error);
        }

        (await TicksAsync()).Should().Be(AllTicks);

        var again = await ToolProcess.RunAsync("archive", Archive, "--older-than=0", Connection);

        again.ExitCode.Should().Be(0, again.Error);
        (await _models.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'market_0000000000'"))
            .Should()
            .Be(0);
        (await TicksAsync()).Should().Be(AllTicks);
    }

    private async Task<int> TicksAsync()
    {
        var ticks = 0;
        await foreach (var block in new ArchivedTickLog(_models.Logs.Market, _folder).ReadAsync(default, default))
        {
            ticks += block.Ticks.Length;
        }

        return ticks;
    }
}
