using System.Diagnostics;
using System.Net;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Live;
using Trading.Domain.Logs;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Things that stop without a word: each is named within ten seconds, and nothing is that only waits. Each stands in
/// a service of its own, and all run side by side, because they mostly wait.</summary>
public sealed class StallTests(StallTests.SideBySide stalls) : IClassFixture<StallTests.SideBySide>
{
    [Fact]
    public Task What_holds_up_projections_is_named_within_ten_seconds_and_well_again_when_it_is_let_go() =>
        stalls.Projections;

    [Fact]
    public Task What_holds_up_the_logs_is_named_within_ten_seconds_and_well_again_when_it_is_let_go() => stalls.Logs;

    [Fact]
    public Task A_disk_that_is_full_is_named_and_so_is_a_follower_that_takes_nothing_more() => stalls.Disk;

    [Fact]
    public Task A_store_of_snapshots_that_hangs_makes_no_session_wait() => stalls.Snapshots;

    [Fact]
    public Task A_broker_that_falls_silent_is_named_but_other_work_may_still_be_sent_here() => stalls.Silence;

    [Fact]
    public Task Quotes_that_nobody_can_serve_are_named() => stalls.Quotes;

    [Fact]
    public Task A_market_that_is_closed_raises_no_alarm() => stalls.Closed;

    private static async Task ProjectionsAsync(StallWorld world) =>
        await world.HeldAsync(
            ["accounts@1", "positions@1", "candles@2", "latest_prices@1"],
            "lock table read_tables.accounts_1 in access exclusive mode",
            "select from read.checkpoints where projection = 'positions@1' for update",
            "lock table read_tables.candles_2 in access exclusive mode",
            "lock table read_tables.latest_prices_1 in access exclusive mode"
        );

    private static async Task LogsAsync(StallWorld world) =>
        await world.HeldAsync(
            ["journal", "market", "feed-demo"],
            "select from eventstore.journal_lock for update",
            "select from eventstore.market_lock for update"
        );

    private static async Task DiskAsync(StallWorld world)
    {
        // Never disposed of: whoever waits on it may outlive the test.
        var release = new ManualResetEventSlim();
        var stubborn = new Stubborn(release);
        world.Service.Running.Services.GetRequiredService<JournalFeed>().Join(stubborn);
        world.Broker.MoveCash(StallWorld.Account, 1m);
        await Eventually.Be(() => stubborn.IsBlocked);
        await world.ExecuteAsync(
            """
            create function full_disk() returns trigger language plpgsql as
              $f$ begin raise exception 'no space left on device' using errcode = '53100'; end $f$;
            create trigger full_disk before insert on eventstore.journal execute function full_disk();
            create trigger full_disk before insert on eventstore.market execute function full_disk();
            """
        );

        await world.NamedAsync("journal ", "journal follower", "market ", "feed-demo");

        release.Set();
        await world.ExecuteAsync(
            "drop trigger full_disk on eventstore.journal; drop trigger full_disk on eventstore.market"
        );
        await world.WellAsync();
    }

    private static async Task SnapshotsAsync(StallWorld world)
    {
        await world.ExecuteAsync(
            """
            create function hang() returns trigger language plpgsql as
              $f$ begin perform pg_sleep(60); return null; end $f$;
            create trigger hang before insert on eventstore.snapshot execute function hang()
            """
        );
        // Two events each: more than stand between two snapshots.
        for (var i = 0; i < 260; i++)
        {
            world.Broker.MoveCash(StallWorld.Account, 1m);
        }

        await Eventually.Be(async () => await world.CountAsync("wait_event = 'PgSleep'") > 0, text: "it hangs");
        using var trader = world.Service.Trader();
        world.Broker.MoveCash(StallWorld.Account, 1m);
        var told = world.Broker.Account(StallWorld.Account).Balance;
        await Eventually.Be(async () =>
            (await (await trader.GetAsync("/account")).JsonAsync())["balance"]!.GetValue<decimal>() == told
        );
        var session = LiveService.User1.Value[..8];
        (await world.StuckAsync()).Should().NotContain(part => part.Contains(session));

        await world.ExecuteAsync("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'");
        await world.ExecuteAsync("drop trigger hang on eventstore.snapshot");
        await world.WellAsync();
    }

    private static async Task SilenceAsync(StallWorld world)
    {
        world.Broker.Links.Stall();

        await Eventually.Be(
            async () => (await world.StuckAsync()).Any(part => part.StartsWith("session")),
            StallWorld.Promised
        );

        (await world.ReadyAsync()).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    private static async Task QuotesAsync(StallWorld world)
    {
        world.Broker.Links.RefuseLogins("CH_SERVER_NOT_REACHABLE");

        world.Broker.Links.Drop();

        await Eventually.Be(
            async () => (await world.StuckAsync()).Any(part => part.StartsWith("feed feed-demo")),
            StallWorld.Promised
        );
        (await world.ReadyAsync()).StatusCode.Should().Be(HttpStatusCode.OK, "that is the broker's outage");
    }

    private static async Task ClosedAsync(StallWorld world)
    {
        world.Broker.Freeze(null, true);
        var began = Stopwatch.GetTimestamp();

        await Eventually.Be(
            async () =>
            {
                (await world.StuckAsync()).Should().BeEmpty();
                return Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(14);
            },
            TimeSpan.FromSeconds(30)
        );
    }

    /// <summary>The stalls, begun together.</summary>
    public sealed class SideBySide
    {
        public Task Closed { get; } = RunAsync(ClosedAsync);

        public Task Projections { get; } = RunAsync(ProjectionsAsync);

        public Task Logs { get; } = RunAsync(LogsAsync);

        public Task Disk { get; } = RunAsync(DiskAsync);

        public Task Snapshots { get; } = RunAsync(SnapshotsAsync);

        public Task Silence { get; } = RunAsync(SilenceAsync);

        public Task Quotes { get; } = RunAsync(QuotesAsync);

        // Each service has dozens of connections to the one database server of the tests.
        private static readonly SemaphoreSlim s_places = new(4);

        private static async Task RunAsync(Func<StallWorld, Task> stall)
        {
            await s_places.WaitAsync();
            try
            {
                await using var world = await StallWorld.StartAsync();
                await stall(world);
            }
            finally
            {
                s_places.Release();
            }
        }
    }

    private sealed class Stubborn(ManualResetEventSlim release) : IJournalObserver
    {
        private volatile bool _blocked;

        public bool IsBlocked => _blocked;

        public void Observe(RecordedEvent recorded)
        {
            _blocked = true;
            release.Wait(TimeSpan.FromSeconds(30));
        }
    }
}
