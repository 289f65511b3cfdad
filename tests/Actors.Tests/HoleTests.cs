using FluentAssertions;
using Google.Protobuf;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

public abstract class HoleTests(JournalKind kind)
{
    private static readonly StreamName Late = MarketStreams.BackfillOf(BrokerEnvironment.Demo);

    [Fact]
    public async Task A_lost_link_is_a_hole_at_once_that_closes_with_the_first_tick_after_it()
    {
        await using var world = await World.CreateAsync(kind);
        var (process, link, account) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));

        await link.SayAsync(account.Down());
        var opened = await FirstAsync<FeedHoleOpened>(world);
        await link.SayAsync(account.Up(account.Now));
        await link.TickAsync(Ticks.At(10));
        var closed = await FirstAsync<FeedHoleClosed>(world);

        opened.Reason.Should().Be("link_lost");
        opened.Symbols.Single().Symbol.Should().Be("EURUSD");
        opened.Symbols.Single().TimestampMs.Should().Be(Ticks.At(1).TimestampMs);
        closed.Hole.Should().Be(opened.Hole);
        closed.Ranges.Single().FromMs.Should().Be(Ticks.At(1).TimestampMs);
        closed.Ranges.Single().ToMs.Should().Be(Ticks.At(10).TimestampMs);
        process.Should().NotBeNull();
    }

    [Fact]
    public async Task Missed_ticks_are_taken_from_the_brokers_history_once_and_apart_from_the_live_ones()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.History = Past(0, 20);
        await MissAsync(world);

        var filled = await FirstAsync<TicksBackfilled>(world);

        filled.Count.Should().Be(8);
        (await LateTicksAsync(world)).Should().Equal(Ticks.Range(2, 8));
        (await world.TicksAsync()).Should().BeEquivalentTo(Ticks.Range(1, 10));
    }

    [Fact]
    public async Task A_broker_without_history_leaves_a_range_that_is_said_to_be_not_fillable()
    {
        await using var world = await World.CreateAsync(kind);
        await MissAsync(world);

        var lost = await FirstAsync<TicksNotFillable>(world);

        lost.Reason.Should().Be("NO_TICK_HISTORY");
        (lost.FromMs, lost.ToMs).Should().Be((Ticks.At(1).TimestampMs, Ticks.At(10).TimestampMs));
    }

    [Fact]
    public async Task A_broker_that_refuses_again_and_again_does_not_keep_the_ticks()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.History = (_, _, _, _) => new PastTicks.Refused("NO_QUOTES");
        await MissAsync(world, World.Quick with { BackfillTries = 1 });

        (await FirstAsync<TicksNotFillable>(world)).Reason.Should().Be("NO_QUOTES");
    }

    [Fact]
    public async Task A_range_that_is_too_long_for_one_answer_is_asked_for_in_parts()
    {
        await using var world = await World.CreateAsync(kind);
        var all = Past(0, 20);
        world.Broker.History = (symbol, from, to, most) =>
            to - from >= 3_000 ? new PastTicks.TooMany() : all(symbol, from, to, most);
        await MissAsync(world, gapEnd: 20_000);

        var filled = await FirstAsync<TicksBackfilled>(world);

        filled.Count.Should().Be(18);
    }

    [Fact]
    public async Task Ticks_missed_too_long_ago_are_not_asked_for()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.History = (_, _, _, _) => throw new InvalidOperationException("Asked all the same.");
        await MissAsync(world, World.Quick with { BackfillReach = TimeSpan.FromDays(1) });

        (await FirstAsync<TicksNotFillable>(world)).Reason.Should().Be("TOO_OLD");
    }

    [Fact]
    public async Task A_process_that_dies_while_it_fills_leaves_the_rest_to_the_next_and_no_tick_is_there_twice()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.History = Past(0, 2_000);
        var parts = 0;
        var dead = new TaskCompletionSource();
        world.Market.AfterOn = stream =>
            stream == Late && Interlocked.Increment(ref parts) == 3 ? dead.Task : Task.CompletedTask;
        await MissAsync(world, Quickly with { BackfillPart = 100 }, gapEnd: 1_500);
        await Eventually.Be(() => parts == 3);

        world.Broker.OnOpen = link => link.Say(new SimulatedAccount().Up(link.Settings.RecoverSince));
        await world.StartAsync(Quickly);
        await Eventually.Be(async () =>
            (await AllAsync<TicksBackfilled>(world)).Any(one => one.ToMs == Ticks.At(1_500).TimestampMs)
        );

        dead.SetResult();
        (await LateTicksAsync(world)).Should().Equal(Ticks.Range(2, 1_498));
        (await AllAsync<TicksBackfilled>(world)).Sum(one => one.Count).Should().Be(1_498);
    }

    [Fact]
    public async Task The_time_in_which_no_process_ran_is_a_hole_too()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.OnOpen = link => link.Say(new SimulatedAccount().Up(link.Settings.RecoverSince));
        world.Broker.History = Past(0, 50);
        var (process, link, _) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));
        await Eventually.Be(async () => (await world.TicksAsync()).Count == 1);
        await process.StopAsync(CancellationToken.None);

        var successor = await world.StartAsync(Quickly);
        using var want = successor.Feeds.Want(BrokerEnvironment.Demo, new("EURUSD"));
        var opened = await FirstAsync<FeedHoleOpened>(world);
        var next = await world.Broker.LinkAsync(2);
        await Eventually.Be(() =>
            next.Streaming.Contains("EURUSD") && successor.Feeds.StatusOf(BrokerEnvironment.Demo).Live
        );
        await next.TickAsync(Ticks.At(30));
        var filled = await FirstAsync<TicksBackfilled>(world);

        opened.Reason.Should().Be("service_down");
        filled.Count.Should().Be(28);
    }

    [Fact]
    public async Task A_hole_that_stood_open_when_the_process_died_is_closed_by_what_the_log_holds()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.History = Past(0, 50);
        var (_, link, account) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));
        await link.SayAsync(account.Down());
        await FirstAsync<FeedHoleOpened>(world);
        world.Journal.Before = request =>
            request.Events.Any(one => one.Payload is FeedHoleClosed)
                ? Task.FromException(new IOException("cut"))
                : Task.CompletedTask;
        await link.SayAsync(account.Up(account.Now));
        await link.TickAsync(Ticks.At(30));
        await Eventually.Be(async () => (await world.TicksAsync()).Count == 2);

        world.Journal.Before = _ => Task.CompletedTask;
        await world.StartAsync(Quickly);

        (await FirstAsync<FeedHoleClosed>(world)).Ranges.Single().ToMs.Should().Be(Ticks.At(30).TimestampMs);
    }

    [Fact]
    public async Task Tries_that_fail_one_after_the_other_are_one_hole()
    {
        await using var world = await World.CreateAsync(kind);
        var (_, link, account) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));

        await link.SayAsync(account.Down());
        await link.SayAsync(account.Down());
        await link.SayAsync(account.Down());
        await link.SayAsync(account.Up(account.Now));
        // Ticks do not queue behind what a link says of itself.
        await world.HasAsync<SessionConnected>(times: 2);
        await link.TickAsync(Ticks.At(2));
        await FirstAsync<FeedHoleClosed>(world);

        (await AllAsync<FeedHoleOpened>(world)).Should().ContainSingle();
    }

    [Fact]
    public async Task Each_of_two_losses_is_a_hole_of_its_own_even_if_a_symbol_stayed_silent_in_between()
    {
        await using var world = await World.CreateAsync(kind);
        var (process, link, account) = await StreamingAsync(world);
        using var gold = process.Feeds.Want(BrokerEnvironment.Demo, new("XAUUSD"));
        await Eventually.Be(() => link.Streaming.Count() == 2);
        await link.TickAsync(Ticks.At(1), Ticks.At(1, "XAUUSD"));
        await link.SayAsync(account.Down());
        await FirstAsync<FeedHoleOpened>(world);
        await link.SayAsync(account.Up(account.Now));
        await link.TickAsync(Ticks.At(10));

        await link.SayAsync(account.Down());
        await link.SayAsync(account.Up(account.Now));
        await Eventually.Be(async () => (await AllAsync<FeedHoleOpened>(world)).Count == 2);
        await link.TickAsync(Ticks.At(20), Ticks.At(20, "XAUUSD"));
        await Eventually.Be(async () => (await AllAsync<FeedHoleClosed>(world)).Count == 2);

        var ranges = (await AllAsync<FeedHoleClosed>(world))
            .SelectMany(closed => closed.Ranges)
            .Select(range =>
                (range.Symbol, range.FromMs - Ticks.At(0).TimestampMs, range.ToMs - Ticks.At(0).TimestampMs)
            );
        ranges.Should().BeEquivalentTo([("EURUSD", 1L, 10L), ("EURUSD", 10L, 20L), ("XAUUSD", 1L, 20L)]);
    }

    [Fact]
    public async Task A_symbol_that_stays_silent_does_not_keep_a_hole_open()
    {
        await using var world = await World.CreateAsync(kind);
        var (process, link, account) = await StreamingAsync(world, Quickly with { HoleClosesWithin = TimeSpan.Zero });
        using var gold = process.Feeds.Want(BrokerEnvironment.Demo, new("XAUUSD"));
        await Eventually.Be(() => link.Streaming.Count() == 2);
        await link.TickAsync(Ticks.At(1), Ticks.At(1, "XAUUSD"));
        await link.SayAsync(account.Down());
        await FirstAsync<FeedHoleOpened>(world);

        await link.SayAsync(account.Up(account.Now));

        var closed = await FirstAsync<FeedHoleClosed>(world);
        closed.Ranges.Select(range => range.Symbol).Should().Equal("EURUSD", "XAUUSD");
        closed.Ranges.Should().OnlyContain(range => range.ToMs > Ticks.At(1).TimestampMs);
    }

    [Fact]
    public async Task A_source_that_another_replaces_leaves_a_hole_up_to_the_others_first_tick()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.History = Past(0, 50);
        var (_, link, account) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));
        var other = await world.GoLiveAsync(world.Latest, account, UserKey.Of("other"));

        await link.SayAsync(account.Down());
        await Eventually.Be(() => other.Streaming.Contains("EURUSD"));
        await other.TickAsync(Ticks.At(5));

        (await FirstAsync<TicksBackfilled>(world)).Count.Should().Be(3);
    }

    [Fact]
    public async Task A_link_that_streams_nothing_makes_no_hole_when_it_breaks()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);

        await link.SayAsync(account.Down());
        await world.HasAsync<LinkLost>();

        (await AllAsync<FeedHoleOpened>(world)).Should().BeEmpty();
    }

    // The ticks of these tests are of January 2025, and no hole closes before they have come, however slow the machine.
    private static readonly ActorOptions Quickly = World.Quick with
    {
        BackfillReach = TimeSpan.FromDays(36_500),
        HoleClosesWithin = TimeSpan.FromMinutes(10),
    };

    private static PastOf Past(long from, int count) =>
        (symbol, fromMs, toMs, _) =>
            new PastTicks.Found([
                .. Ticks.Range(from, count, symbol.Value).Where(t => t.TimestampMs >= fromMs && t.TimestampMs <= toMs),
            ]);

    private static async Task<(TradingActors, ScriptedLink, SimulatedAccount)> StreamingAsync(
        World world,
        ActorOptions? options = null
    )
    {
        var process = await world.StartAsync(options ?? Quickly);
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);
        process.Feeds.Want(BrokerEnvironment.Demo, new("EURUSD"));
        await Eventually.Be(() => link.Streaming.Contains("EURUSD"));
        await world.HasAsync<SubscriptionAdded>();
        return (process, link, account);
    }

    /// <summary>Tick 1 comes, those after it are missed, and the one at the end of the gap comes again.</summary>
    private static async Task MissAsync(World world, ActorOptions? options = null, long gapEnd = 10)
    {
        var quick =
            options is { } given && given.BackfillReach == World.Quick.BackfillReach
                ? given with
                {
                    BackfillReach = Quickly.BackfillReach,
                    HoleClosesWithin = Quickly.HoleClosesWithin,
                }
                : options;
        var (_, link, account) = await StreamingAsync(world, quick);
        await link.TickAsync(Ticks.At(1));
        await link.SayAsync(account.Down());
        await FirstAsync<FeedHoleOpened>(world);
        await link.SayAsync(account.Up(account.Now));
        await link.TickAsync(Ticks.At(gapEnd));
    }

    private static async Task<List<T>> AllAsync<T>(World world)
        where T : IMessage
    {
        var events = new List<T>();
        var stream = MarketStreams.FeedOf(BrokerEnvironment.Demo);
        await foreach (var recorded in world.Journal.ReadStreamAsync(stream, StreamVersion.None, default))
        {
            if (recorded.Decode() is T found)
            {
                events.Add(found);
            }
        }

        return events;
    }

    private static Task<T> FirstAsync<T>(World world)
        where T : class, IMessage => Eventually.Get(async () => (await AllAsync<T>(world)).FirstOrDefault());

    private static async Task<List<Tick>> LateTicksAsync(World world)
    {
        var ticks = new List<Tick>();
        await foreach (var block in world.Market.ReadAsync(Offset.Start, default))
        {
            if (block.Stream == Late)
            {
                ticks.AddRange(block.Ticks.Span);
            }
        }

        return ticks;
    }
}
