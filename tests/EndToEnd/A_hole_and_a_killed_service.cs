using FluentAssertions;
using Npgsql;
using Trading.Domain.Events;
using Trading.EndToEnd.World;
using Trading.EventStore;
using Trading.Sandbox.CTrader.Faults;
using Trading.TestKit;
using Xunit;

namespace Trading.EndToEnd;

/// <summary>SIGKILL while quotes are missed, and while what was missed is filled in.</summary>
public sealed class A_hole_and_a_killed_service
{
    private const uint TickDataRes = 2146;
    private static readonly string[] Symbols = ["EURUSD", "GBPUSD"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Leave_every_tick_of_the_broker_in_the_log_once()
    {
        await using var world = await TradingWorld.CreateAsync(new() { WalkUpdatesPerSecond = 0, AlwaysOpen = true });
        world.ConfigureFeed("feed-access-token", 5_150_700);
        await using var first = await world.StartServiceAsync();
        await using var logs = await world.OpenLogsAsync();
        await using var quoting = new Quoting(world.Sandbox.Control, Symbols);
        Task<FeedRecord> ReadAsync() => FeedRecord.ReadAsync(logs);

        await KilledInAHoleAsync(world, logs, first);
        await KilledWhileFillingAsync(world, logs);

        await using var last = await world.StartServiceAsync();
        await using var client = await TickClient.ListenAsync(last, Symbols);
        await Eventually.Be(async () => (await ReadAsync()).IsWhole(holes: 4), Patience);
        await quoting.StopAsync();

        var record = await ReadAsync();
        record
            .Of<FeedHoleOpened>()
            .Select(hole => hole.Reason)
            .Should()
            .Equal("link_lost", "service_down", "link_lost", "service_down");
        record.Of<TicksNotFillable>().Should().BeEmpty();
        record.Of<TicksBackfilled>().Sum(filled => filled.Count).Should().Be(record.Late.Count);
        record.HasEveryTickOnce(world.Sandbox.Control, Symbols);
    }

    private static async Task KilledInAHoleAsync(TradingWorld world, PostgresLogs logs, ServiceProcess service)
    {
        await using var client = await TickClient.ListenAsync(service, Symbols);
        await Eventually.Be(async () => (await FeedRecord.ReadAsync(logs)).Live.Count > 50, Patience);
        world.Sandbox.Control.Links.RefuseLogins("CH_SERVER_NOT_REACHABLE");
        world.Sandbox.Control.Links.Drop();
        await Eventually.Be(
            async () => (await FeedRecord.ReadAsync(logs)).Of<FeedHoleOpened>().Count == 1,
            Patience,
            "the hole is known"
        );

        await service.KillAsync();

        world.Sandbox.Control.Links.ClearFaults();
    }

    /// <summary>Between ticks that are in the log and the word that they are.</summary>
    private static async Task KilledWhileFillingAsync(TradingWorld world, PostgresLogs logs)
    {
        await using var service = await world.StartServiceAsync();
        await using var client = await TickClient.ListenAsync(service, Symbols);
        await Eventually.Be(async () => (await FeedRecord.ReadAsync(logs)).IsWhole(holes: 2), Patience, "filled");
        var before = await FeedRecord.ReadAsync(logs);
        world.Sandbox.Control.Links.Arm(
            new()
            {
                Kind = FaultKind.Delay,
                PayloadType = TickDataRes,
                Count = 0,
                DelayMs = 800,
            }
        );
        world.Sandbox.Control.Links.Drop();
        await Eventually.Be(
            async () =>
                (await FeedRecord.ReadAsync(logs)).Of<FeedHoleClosed>().Count > before.Of<FeedHoleClosed>().Count,
            Patience,
            "to be filled"
        );
        await using var connection = await world.Database.DataSource.OpenConnectionAsync();
        await using var hold = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand("select from eventstore.journal_lock for update", connection);
        await command.ExecuteNonQueryAsync();
        // From here on nothing more can be told.
        var told = Told(await FeedRecord.ReadAsync(logs));
        await Eventually.Be(
            async () => (await FeedRecord.ReadAsync(logs)).Late.Count > told,
            Patience,
            "ticks are filled in that nobody has told of"
        );

        await service.KillAsync();

        // The server would still do what a client asked for that is no more.
        await Eventually.Be(async () => await EndWaitingAsync(world) == 0, text: "nobody waits for the journal");
        await hold.RollbackAsync();
        world.Sandbox.Control.Links.ClearFaults();
        Told(await FeedRecord.ReadAsync(logs)).Should().Be(told);
    }

    /// <summary>How many of the dead service's requests waited for the journal; they are ended.</summary>
    private static async Task<long> EndWaitingAsync(TradingWorld world)
    {
        await using var command = world.Database.DataSource.CreateCommand(
            """
            select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static long Told(FeedRecord record) => record.Of<TicksBackfilled>().Sum(filled => filled.Count);
}
