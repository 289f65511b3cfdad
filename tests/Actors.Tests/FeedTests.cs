using FluentAssertions;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

public abstract class FeedTests(JournalKind kind)
{
    private static readonly UserKey First = UserKey.Of("first");
    private static readonly UserKey Second = UserKey.Of("second");

    [Fact]
    public async Task The_first_interest_subscribes_and_the_last_one_gone_unsubscribes()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var link = await world.GoLiveAsync(process);

        var one = Want(process, "EURUSD");
        await Eventually.Be(() => link.Streaming.SequenceEqual(["EURUSD"]));
        var other = Want(process, "EURUSD");
        var gold = Want(process, "XAUUSD");
        await Eventually.Be(() => link.Streaming.Order().SequenceEqual(["EURUSD", "XAUUSD"]));
        one.Dispose();
        one.Dispose();
        gold.Dispose();
        await Eventually.Be(() => link.Streaming.SequenceEqual(["EURUSD"]));
        other.Dispose();
        await Eventually.Be(() => !link.Streaming.Any());

        (await world.AllAsync<SubscriptionAdded>()).Select(e => e.Symbol).Should().Equal("EURUSD", "XAUUSD");
        (await world.AllAsync<SubscriptionRemoved>()).Select(e => e.Symbol).Should().Equal("XAUUSD", "EURUSD");
    }

    [Fact]
    public async Task Interest_shown_before_any_session_is_live_is_served_when_one_is()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        using var lease = Want(process, "EURUSD");
        using var unknown = Want(process, "NOSUCH");

        var link = await world.GoLiveAsync(process);

        await Eventually.Be(() => link.Streaming.SequenceEqual(["EURUSD"]));
    }

    [Fact]
    public async Task Open_positions_of_every_session_are_priced_with_their_conversion_chains()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var source = await world.GoLiveAsync(process, user: First);
        var account = new SimulatedAccount();
        var other = await world.GoLiveAsync(process, account, Second);
        var opened = account.Open(Side.Buy, 100_000, 0.85m, symbolId: 4);

        foreach (var report in opened)
        {
            await other.SayAsync(report);
        }

        var serving = await ServingAsync(world, "EURGBP", "GBPUSD");
        foreach (var report in account.Close(account.Positions.Keys.Single(), 100_000, 0.86m))
        {
            await other.SayAsync(report);
        }

        await Eventually.Be(() => !serving.Streaming.Any());
        source.Disposed.Should().BeFalse();
    }

    [Fact]
    public async Task When_the_source_breaks_down_another_live_session_takes_over_and_the_former_streams_no_more()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var account = new SimulatedAccount();
        await world.GoLiveAsync(process, account, First);
        using var lease = Want(process, "EURUSD");
        var former = await ServingAsync(world, "EURUSD");
        await world.GoLiveAsync(process, account, Second);

        await former.SayAsync(account.Down());

        var successor = await ServingAsync(world, "EURUSD", except: former);
        process.Feeds.StatusOf(BrokerEnvironment.Demo).Source.Should().Be(Second);
        await Eventually.Be(() => !former.Streaming.Any());
        await former.TickAsync(Ticks.At(1));
        await successor.TickAsync(Ticks.At(2));
        await Eventually.Be(async () => (await world.TicksAsync()).Count > 0);
        (await world.TicksAsync()).Should().Equal(Ticks.At(2));
    }

    [Fact]
    public async Task A_source_without_a_substitute_keeps_its_subscriptions_through_an_outage()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);
        using var lease = Want(process, "EURUSD");
        await ServingAsync(world, "EURUSD");

        await link.SayAsync(account.Down());
        await link.SayAsync(account.Up(account.Now));
        await world.HasAsync<SessionConnected>(times: 2);

        (await world.AllAsync<SubscriptionRemoved>()).Should().BeEmpty();
        link.Streaming.Should().Equal("EURUSD");
    }

    [Fact]
    public async Task The_configured_session_is_the_source_whenever_it_is_live()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(World.Quick with { DemoFeedUser = Second });
        var account = new SimulatedAccount();
        await world.GoLiveAsync(process, account, First);
        using var lease = Want(process, "EURUSD");
        var substitute = await ServingAsync(world, "EURUSD");

        var configured = await world.GoLiveAsync(process, account, Second);

        await Eventually.Be(() => configured.Streaming.SequenceEqual(["EURUSD"]) && !substitute.Streaming.Any());
        await configured.SayAsync(account.Down());
        await Eventually.Be(() => substitute.Streaming.SequenceEqual(["EURUSD"]));
        await configured.SayAsync(account.Up(account.Now));
        await Eventually.Be(() => configured.Streaming.SequenceEqual(["EURUSD"]) && !substitute.Streaming.Any());
    }

    [Fact]
    public async Task After_a_restart_a_stopped_interest_leaves_no_subscription_behind()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.OnOpen = link => link.Say(new SimulatedAccount().Up(link.Settings.RecoverSince));
        var process = await world.StartAsync();
        await world.GoLiveAsync(process);
        Want(process, "EURUSD");
        await ServingAsync(world, "EURUSD");
        await process.StopAsync(CancellationToken.None);

        await world.StartAsync();

        var link = await world.Broker.LinkAsync(2);
        link.Settings.Symbols.Should().ContainSingle("it streams at once what it streamed before");
        await Eventually.Be(() => !link.Streaming.Any());
    }

    [Fact]
    public async Task A_stopped_source_is_replaced()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await world.GoLiveAsync(process, user: First);
        using var lease = Want(process, "EURUSD");
        var former = await ServingAsync(world, "EURUSD");
        await world.GoLiveAsync(process, user: Second);

        await World.SendAsync(process, SessionCases.Stop(), First);

        await ServingAsync(world, "EURUSD", except: former);
        (await world.AllAsync<SubscriptionRemoved>(First)).Should().ContainSingle();
    }

    private static IDisposable Want(TradingActors process, string symbol) =>
        process.Feeds.Want(BrokerEnvironment.Demo, new(symbol));

    private static Task<ScriptedLink> ServingAsync(World world, params string[] symbols) =>
        ServingAsync(world, symbols, null);

    private static Task<ScriptedLink> ServingAsync(World world, string symbol, ScriptedLink except) =>
        ServingAsync(world, [symbol], except);

    private static Task<ScriptedLink> ServingAsync(World world, string[] symbols, ScriptedLink? except) =>
        Eventually.Get(() =>
            Task.FromResult(
                world.Broker.Links.FirstOrDefault(link =>
                    link != except && !link.Disposed && link.Streaming.Order().SequenceEqual(symbols.Order())
                )
            )
        );
}
