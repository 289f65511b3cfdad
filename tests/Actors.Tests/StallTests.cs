using FluentAssertions;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Ports;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

/// <summary>What stands still on the write side shows as stuck, with a word for what it waits for. The patience is shortened;
/// what it is by itself, a test of the whole service holds.</summary>
public abstract class StallTests(JournalKind kind)
{
    private static readonly ActorOptions Watchful = World.Quick with
    {
        StuckAfter = TimeSpan.FromMilliseconds(300),
        BackfillReach = TimeSpan.FromDays(36_500),
        MailboxCapacity = 4,
    };

    [Fact]
    public async Task A_commit_that_hangs_stops_its_session_and_no_other()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(Watchful);
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);
        await world.GoLiveAsync(process, account, UserKey.Of("other"));
        var gate = new TaskCompletionSource();
        world.Journal.Before = request => request.Stream.Id == SessionCases.User.Value ? gate.Task : Task.CompletedTask;

        await link.SayAsync(account.Down());

        await StuckAsync(process, VitalKind.Session, SessionCases.User.Value[..8], "mailbox");
        process.Vitals().Count(part => part.State == VitalState.Stuck).Should().Be(1);
        gate.SetResult();
        await WellAsync(process);
    }

    [Fact]
    public async Task A_mailbox_that_is_full_and_not_emptied_is_stuck()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(Watchful);
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);
        var gate = new TaskCompletionSource();
        world.Journal.Before = _ => gate.Task;
        for (var i = 0; i < 10; i++)
        {
            link.TrySay(account.Down());
        }

        await StuckAsync(process, VitalKind.Session, SessionCases.User.Value[..8], "mailbox");
        gate.SetResult();
    }

    [Fact]
    public async Task A_session_that_fails_at_every_start_is_stuck()
    {
        await using var world = await World.CreateAsync(kind);
        world.Broker.FailToOpen = _ => new InvalidOperationException("No socket left.");
        var process = await world.StartAsync(Watchful);
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        await World.SendAsync(process, SessionCases.Start(SessionCases.User));

        await StuckAsync(process, VitalKind.Session, SessionCases.User.Value[..8], "mailbox");
    }

    [Fact]
    public async Task Ticks_that_are_not_written_stop_the_feed()
    {
        await using var world = await World.CreateAsync(kind);
        var (process, link, _) = await StreamingAsync(world);
        var gate = new TaskCompletionSource();
        world.Market.Before = () => gate.Task;

        await link.TickAsync(Ticks.At(1));

        await StuckAsync(process, VitalKind.Feed, "feed-demo", "recording ticks");
        gate.SetResult();
        await WellAsync(process);
    }

    [Fact]
    public async Task A_write_of_ticks_that_fails_again_and_again_stops_the_feed()
    {
        await using var world = await World.CreateAsync(kind);
        var (process, link, _) = await StreamingAsync(world);
        world.Market.Before = () => Task.FromException(new IOException("no space left on device"));

        await link.TickAsync(Ticks.At(1));

        await StuckAsync(process, VitalKind.Feed, "feed-demo", "recording ticks");
    }

    [Fact]
    public async Task A_history_that_never_answers_stops_the_filling()
    {
        await using var world = await World.CreateAsync(kind);
        using var never = new ManualResetEventSlim();
        world.Broker.History = (_, _, _, _) =>
        {
            never.Wait(TimeSpan.FromSeconds(20));
            return new PastTicks.Unavailable();
        };
        var (process, link, account) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));
        await link.SayAsync(account.Down());
        await Eventually.Be(() => Feed(process).State == VitalState.CatchingUp);
        await link.SayAsync(account.Up(account.Now));
        await link.TickAsync(Ticks.At(9));

        await StuckAsync(process, VitalKind.Feed, "feed-demo", "filling holes");
        never.Set();
    }

    [Fact]
    public async Task A_hole_that_cannot_be_recorded_stops_the_feed()
    {
        await using var world = await World.CreateAsync(kind);
        var (process, link, account) = await StreamingAsync(world);
        await link.TickAsync(Ticks.At(1));
        var gate = new TaskCompletionSource();
        world.Journal.Before = request =>
            request.Events.Any(one => one.Payload is FeedHoleOpened) ? gate.Task : Task.CompletedTask;

        await link.SayAsync(account.Down());

        await StuckAsync(process, VitalKind.Feed, "feed-demo", "recording holes");
        gate.SetResult();
    }

    [Fact]
    public async Task Quotes_that_are_wanted_and_nobody_serves_are_the_outside_s_doing()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(Watchful);

        using var want = process.Feeds.Want(BrokerEnvironment.Demo, new("EURUSD"));

        await StuckAsync(process, VitalKind.Feed, "feed-demo", "no session serves");
        Feed(process).Outside.Should().BeTrue();
        await world.GoLiveAsync(process);
        await WellAsync(process);
    }

    [Fact]
    public async Task A_session_that_does_not_take_its_symbols_shows_in_the_feed()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(Watchful);
        await world.GoLiveAsync(process);
        var gate = new TaskCompletionSource();
        world.Journal.Before = _ => gate.Task;

        using var want = process.Feeds.Want(BrokerEnvironment.Demo, new("EURUSD"));

        await StuckAsync(process, VitalKind.Feed, "feed-demo", "does not take the symbols");
        gate.SetResult();
        await WellAsync(process);
    }

    private static Vital Feed(TradingActors process) => process.Vitals().Single(part => part.Name == "feed-demo");

    private static async Task<(TradingActors, ScriptedLink, SimulatedAccount)> StreamingAsync(World world)
    {
        var process = await world.StartAsync(Watchful);
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);
        process.Feeds.Want(BrokerEnvironment.Demo, new("EURUSD"));
        await Eventually.Be(() => link.Streaming.Contains("EURUSD"));
        return (process, link, account);
    }

    private static Task StuckAsync(TradingActors process, VitalKind kind, string name, string detail) =>
        Eventually.Be(
            () =>
                process
                    .Vitals()
                    .Any(part =>
                        part.Kind == kind
                        && part.Name == name
                        && part is { State: VitalState.Stuck, Since: not null }
                        && part.Detail.Contains(detail)
                    ),
            text: $"{name} is stuck: {detail}"
        );

    private static Task WellAsync(TradingActors process) =>
        Eventually.Be(() => process.Vitals().All(part => part.State != VitalState.Stuck), text: "all is well again");
}
