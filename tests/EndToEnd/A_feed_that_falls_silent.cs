using FluentAssertions;
using Trading.Domain.Events;
using Trading.EndToEnd.World;
using Trading.EventStore;
using Trading.Sandbox.CTrader.Control;
using Trading.Sandbox.CTrader.Faults;
using Trading.TestKit;
using Xunit;
using Xunit.Abstractions;

namespace Trading.EndToEnd;

/// <summary>Quotes go on at the broker while the service does not hear them.</summary>
[Collection(Alone)]
public sealed class A_feed_that_falls_silent(ITestOutputHelper output)
{
    /// <summary>What measures time has the machine for itself.</summary>
    public const string Alone = "measures time";

    private const string Symbol = "EURUSD";
    private const uint SpotEvent = 2131;
    private const uint TickDataReq = 2145;
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    // Side by side, because each of them mostly waits.
    [Fact]
    public Task Is_a_hole_in_the_journal_within_fifteen_seconds_and_what_was_missed_is_filled_in_once() =>
        Task.WhenAll(
            IsFilledAsync("a link that stands and brings no byte", broker => broker.Stall()),
            IsFilledAsync(
                "a link that answers and brings no quotes",
                broker =>
                    broker.Arm(
                        new()
                        {
                            Kind = FaultKind.Swallow,
                            PayloadType = SpotEvent,
                            Count = 0,
                        }
                    )
            ),
            IsFilledAsync("a link that is dropped, and refused for a while", DropForAWhile),
            IsLostAsync("a broker that refuses to tell of the past", DropForAWhile)
        );

    private static void DropForAWhile(LinkControl broker)
    {
        broker.RefuseLogins("CH_SERVER_NOT_REACHABLE");
        broker.Drop();
    }

    private Task IsFilledAsync(string how, Action<LinkControl> silence) =>
        ListenAsync(
            async (world, logs, quoting) =>
            {
                var broker = world.Sandbox.Control;
                silence(broker.Links);
                var hole = await OpenedAsync(logs, how);
                broker.Links.ClearFaults();
                await Eventually.Be(async () => (await FeedRecord.ReadAsync(logs)).IsWhole(holes: 1), Patience, how);
                await quoting.StopAsync();

                var record = await FeedRecord.ReadAsync(logs);
                var silent = record.SilenceBefore(hole);
                output.WriteLine($"{how}: {silent.TotalSeconds:0.00} s, {record.Late.Count} ticks filled in");
                silent.Should().BeLessThan(Promised, how);
                record.Of<FeedHoleOpened>().Should().ContainSingle(how);
                record.Of<TicksBackfilled>().Sum(filled => filled.Count).Should().Be(record.Late.Count, how);
                record.Late.Should().NotBeEmpty(how);
                record.HasEveryTickOnce(broker, Symbol);
            }
        );

    private static Task IsLostAsync(string how, Action<LinkControl> silence) =>
        ListenAsync(
            async (world, logs, quoting) =>
            {
                var broker = world.Sandbox.Control;
                silence(broker.Links);
                await OpenedAsync(logs, how);
                broker.Links.ClearFaults();
                broker.Links.Arm(
                    new()
                    {
                        Kind = FaultKind.Refuse,
                        PayloadType = TickDataReq,
                        ErrorCode = "NO_QUOTES",
                        Count = 0,
                    }
                );
                var lost = await Eventually.Get(
                    async () => (await FeedRecord.ReadAsync(logs)).Of<TicksNotFillable>().FirstOrDefault(),
                    Patience,
                    how
                );
                await quoting.StopAsync();

                var record = await FeedRecord.ReadAsync(logs);
                lost.Reason.Should().Be("NO_QUOTES");
                record.Late.Should().BeEmpty(how);
                var told = broker.Ticks(Symbol, record.Live[0].TimestampMs, record.Live[^1].TimestampMs);
                told.Select(quote => quote.Time)
                    .Except(record.Live.Select(tick => tick.TimestampMs))
                    .Should()
                    .NotBeEmpty(how)
                    .And.OnlyContain(
                        time => time > lost.FromMs && time < lost.ToMs,
                        "the journal tells what is missing"
                    );
            }
        );

    /// <summary>A service that hears a busy market.</summary>
    private static async Task ListenAsync(Func<TradingWorld, PostgresLogs, Quoting, Task> then)
    {
        await using var world = await TradingWorld.CreateAsync(new() { WalkUpdatesPerSecond = 0, AlwaysOpen = true });
        world.ConfigureFeed("feed-access-token", 5_150_700);
        await using var service = await world.StartServiceAsync();
        await using var logs = await world.OpenLogsAsync();
        await using var client = await TickClient.ListenAsync(service, Symbol);
        await using var quoting = new Quoting(world.Sandbox.Control, Symbol);
        await Eventually.Be(async () => (await FeedRecord.ReadAsync(logs)).Live.Count > 20, Patience);
        await then(world, logs, quoting);
    }

    private static Task<FeedHoleOpened> OpenedAsync(PostgresLogs logs, string how) =>
        Eventually.Get(
            async () => (await FeedRecord.ReadAsync(logs)).Of<FeedHoleOpened>().FirstOrDefault(),
            Patience,
            how
        );
}

[CollectionDefinition(A_feed_that_falls_silent.Alone, DisableParallelization = true)]
public sealed class MeasuresTime;
