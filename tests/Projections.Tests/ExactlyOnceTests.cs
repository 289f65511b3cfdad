using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.EventStore.InMemory;
using Trading.Projections.Accounts;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class ExactlyOnceTests
{
    private static readonly ProjectionOptions Impatient = new()
    {
        FirstPause = TimeSpan.FromMilliseconds(1),
        LongestPause = TimeSpan.FromMilliseconds(20),
        WatchPeriod = TimeSpan.FromMilliseconds(20),
    };

    [Fact]
    public async Task The_size_of_batches_does_not_matter()
    {
        var log = new InMemoryEventLog(TimeProvider.System);
        await RandomJournal.AppendAsync(log, Seeded.Random(1), 600);
        var whole = await FoldAsync(log, seenAs: null, new());

        foreach (var size in (int[])[1, 3, 50])
        {
            var random = Seeded.Random(size);
            var chopped = new ChoppedLog(log, () => size == 50 ? random.Next(1, 50) : size, () => false);

            (await FoldAsync(log, chopped, new() { MostEvents = size })).Should().Be(whole, $"seed {Seeded.Seed}");
        }
    }

    [Fact]
    public async Task Rows_folded_side_by_side_are_those_folded_one_after_the_other()
    {
        var log = new InMemoryEventLog(TimeProvider.System);
        var random = Seeded.Random(5);
        await RandomJournal.AppendAsync(log, random, 6_000, erasures: false);
        await log.AppendAsync(UserKey.Of("user-1"), new UserErased { UserKey = UserKey.Of("user-1").Value });
        await RandomJournal.AppendAsync(log, random, 6_000, erasures: false);

        var sideBySide = await FoldAsync(log, new WholeLog(log), new() { MostEvents = 20_000 });
        var oneAfterTheOther = await FoldAsync(log, null, new() { MostEvents = 500 });

        sideBySide.Should().Be(oneAfterTheOther, $"seed {Seeded.Seed}");
    }

    [Fact]
    public async Task Broken_feeds_and_killed_connections_lose_nothing_and_double_nothing()
    {
        var log = new InMemoryEventLog(TimeProvider.System);
        var random = Seeded.Random(2);
        await using var side = await ReadSide.PrepareAsync(log);
        side.Run(new ChoppedLog(log, () => random.Next(1, 20), () => random.Next(40) == 0), options: Impatient);

        for (var round = 0; round < 20; round++)
        {
            await RandomJournal.AppendAsync(log, random, 40);
            await side.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trading_projector' and datname = current_database()"
            );
        }

        await side.CaughtUpAsync(await log.HeadAsync(default));
        (await side.DumpJournalAsync()).Should().Be(await FoldAsync(log, null, new()), $"seed {Seeded.Seed}");
    }

    [Fact]
    public async Task Tables_rebuilt_from_the_log_on_postgresql_equal_those_that_followed_it_live()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var logs = await PostgresLogs.OpenAsync(database.ConnectionString);
        await using var live = await ReadSide.PrepareAsync();
        live.Run(logs.Journal, logs.Market, Impatient);
        await RandomJournal.AppendAsync(logs.Journal, Seeded.Random(6), 400);
        var head = await logs.Journal.HeadAsync(default);
        await live.CaughtUpAsync(head);

        await using var rebuilt = await ReadSide.PrepareAsync();
        rebuilt.Run(logs.Journal, logs.Market, Impatient);
        await rebuilt.CaughtUpAsync(head);

        (await rebuilt.DumpJournalAsync()).Should().Be(await live.DumpJournalAsync(), $"seed {Seeded.Seed}");
    }

    [Theory]
    [InlineData("before the fold")]
    [InlineData("before the commit")]
    [InlineData("after the commit")]
    public async Task Killed_between_two_steps_it_goes_on_where_the_tables_stand(string step)
    {
        var log = new InMemoryEventLog(TimeProvider.System);
        await RandomJournal.AppendAsync(log, Seeded.Random(3), 400);
        await using var side = await ReadSide.PrepareAsync(log);
        var crashes = 0;
        Projection<RecordedEvent> Crashing(Generation target) =>
            new CrashingProjection(new AccountProjection { Target = target }, at => at == step && ++crashes % 2 == 1);

        await RunAsync(side, Crashing, new ChoppedLog(log, () => 37, () => false));

        crashes.Should().BeGreaterThan(10);
        await using var fresh = await ReadSide.PrepareAsync(log);
        await RunAsync(fresh, target => new AccountProjection { Target = target }, log);
        (await side.DumpAsync("accounts")).Should().Be(await fresh.DumpAsync("accounts"), $"seed {Seeded.Seed}");
    }

    [Fact]
    public async Task Events_that_are_in_a_row_already_change_nothing()
    {
        await using var side = await ReadSide.StartAsync();
        await RandomJournal.AppendAsync(side.Journal, Seeded.Random(4), 300);
        await side.CaughtUpAsync(await side.Journal.HeadAsync(default));
        var once = await side.DumpJournalAsync();
        var tables = ReadModelTables.Select(table => $"select max(written_at) from read_tables.{table}_1");
        var written = await Scalars(side, tables);

        // A checkpoint that was lost, for example to a restore of an older one: everything is read again.
        await using (var again = await ReadSide.PrepareAsync(side.Journal))
        {
            await side.ExecuteAsync("update read.checkpoints set at_offset = 0");
            using var set = side.NewSet(options: Impatient);
            using var stop = new CancellationTokenSource();
            var head = await side.Journal.HeadAsync(default);
            await side.Journal.AppendAsync(Some.Bob, new Domain.Events.LinkLost());
            var running = set.RunAsync(stop.Token);
            await Eventually.Be(async () => await Checkpoint(side) > head.Value, ReadSide.Patience);
            await stop.CancelAsync();
            await running;
        }

        (await side.DumpJournalAsync()).Should().NotBe(once, "one event is new");
        await side.ExecuteAsync($"delete from read_tables.sessions_1 where user_key = '{Some.Bob.Value}'");
        (await side.DumpJournalAsync()).Should().Be(once);
        (await Scalars(side, tables)).Should().Equal(written, "a row that has an event already is not even written");
    }

    [Fact]
    public async Task One_read_model_is_filled_while_the_others_stay_where_they_are()
    {
        await using var side = await ReadSide.PrepareAsync();
        using var set = side.NewSet(options: Impatient with { Only = ["accounts"] });
        using var stop = new CancellationTokenSource();
        var running = set.RunAsync(stop.Token);
        var offset = await side.Journal.AppendAsync(Some.Alice, [.. Some.Connected(Some.Alice), Some.Balance(1m, 1m)]);

        (await set.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue();

        set.Health().Should().ContainSingle().Which.Projection.Should().Be("accounts@1");
        await stop.CancelAsync();
        await running;
        var unknown = () => side.NewSet(options: Impatient with { Only = ["acounts"] });
        unknown.Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task A_second_runner_stands_by_and_takes_over_when_the_first_goes()
    {
        await using var side = await ReadSide.PrepareAsync();
        using var first = side.NewSet(options: Impatient);
        using var second = side.NewSet(options: Impatient);
        using var stopFirst = new CancellationTokenSource();
        using var stopSecond = new CancellationTokenSource();
        var runningFirst = first.RunAsync(stopFirst.Token);
        await Eventually.Be(() => first.Health().All(one => one.State == ProjectionState.Live));
        var runningSecond = second.RunAsync(stopSecond.Token);
        await Eventually.Be(() => second.Health().All(one => one.State == ProjectionState.Standby));

        var offset = await side.Journal.AppendAsync(Some.Alice, Some.Connected(Some.Alice));
        (await second.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue("it sees the other's progress");
        await stopFirst.CancelAsync();
        await runningFirst;
        await Eventually.Be(() => second.Health().All(one => one.State == ProjectionState.Live));
        offset = await side.Journal.AppendAsync(Some.Alice, Some.Balance(1m, 1m));

        (await second.WaitForAsync(offset, ReadSide.Patience, default)).Should().BeTrue();
        first.Health().Should().OnlyContain(one => one.State == ProjectionState.Stopped);
        await stopSecond.CancelAsync();
        await runningSecond;
    }

    [Fact]
    public async Task A_runner_whose_checkpoint_somebody_moved_writes_nothing_and_starts_over_from_the_tables()
    {
        await using var side = await ReadSide.PrepareAsync();
        side.Run(options: Impatient);
        await side.GivenAsync(Some.Alice, Some.Connected(Some.Alice, 1m));
        await side.ExecuteAsync(
            "update read.checkpoints set at_offset = at_offset - 1 where projection = 'accounts@1'"
        );

        await side.GivenAsync(Some.Alice, Some.Balance(2m, 1m));

        (await new AccountQueries(side.Sources).FindAsync(Some.Alice, default))!.Balance.Should().Be(2m);
    }

    private static readonly string[] ReadModelTables =
    [
        "sessions",
        "accounts",
        "positions",
        "orders",
        "deals",
        "symbols",
        "users",
    ];

    private static async Task<string> FoldAsync(InMemoryEventLog log, IEventLog? seenAs, ProjectionOptions options)
    {
        await using var side = await ReadSide.PrepareAsync(log);
        side.Run(seenAs, options: options);
        await side.CaughtUpAsync(await log.HeadAsync(default));
        return await side.DumpJournalAsync();
    }

    private static async Task RunAsync(ReadSide side, Func<Generation, Projection<RecordedEvent>> make, IEventLog log)
    {
        using var metrics = new ProjectionMetrics(() => []);
        var runner = new ProjectionRunner<RecordedEvent>(
            ProjectionCatalog.OfJournal(new VersionCode<RecordedEvent>(ReadModel.Accounts, make)),
            new JournalFeed(log),
            new(log, side.Market, side.Sources, Impatient, TimeProvider.System, NullLogger.Instance),
            mostEvents: 37,
            metrics
        );
        using var stop = new CancellationTokenSource();
        var running = runner.RunAsync(stop.Token);
        await runner.Progress.WaitForAsync(await log.HeadAsync(default), default).WaitAsync(ReadSide.Patience);
        await stop.CancelAsync();
        await running;
    }

    private static async Task<long> Checkpoint(ReadSide side)
    {
        await using var command = side.Owner.CreateCommand(
            "select min(at_offset) from read.checkpoints where projection not in ('candles@2', 'latest_prices@1')"
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<List<object?>> Scalars(ReadSide side, IEnumerable<string> queries)
    {
        var values = new List<object?>();
        foreach (var query in queries)
        {
            await using var command = side.Owner.CreateCommand(query);
            values.Add(await command.ExecuteScalarAsync());
        }

        return values;
    }
}
