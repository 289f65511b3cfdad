using FluentAssertions;
using Google.Protobuf;
using Trading.Actors.Protocol;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

public abstract class SupervisionTests(JournalKind kind)
{
    [Fact]
    public async Task An_append_that_fails_is_answered_as_unavailable_and_may_be_tried_again()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        world.Journal.Before = Once(() => throw new IOException("database away"));

        var failed = await World.SendAsync(process, SessionCases.Start());
        var again = await World.SendAsync(process, SessionCases.Start());

        failed.Should().BeOfType<CommandOutcome.Unavailable>();
        again.Should().BeOfType<CommandOutcome.Accepted>();
        (await world.AllAsync<SessionStarted>()).Should().ContainSingle();
    }

    [Fact]
    public async Task An_append_whose_answer_was_lost_is_found_in_the_log_and_its_link_is_opened_by_recovery()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        world.Journal.After = Once(() => throw new IOException("connection lost"));

        var lost = await World.SendAsync(process, SessionCases.Start());
        var again = await World.SendAsync(process, SessionCases.Start());

        lost.Should().BeOfType<CommandOutcome.Unavailable>();
        again.Should().BeOfType<CommandOutcome.Unchanged>();
        await world.Broker.LinkAsync();
        world.Broker.Links.Should().ContainSingle("recovery resumes, it does not run effects again");
        (await world.AllAsync<SessionStarted>()).Should().ContainSingle();
    }

    [Fact]
    public async Task A_crash_between_storing_a_deal_and_answering_neither_loses_nor_doubles_it()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var account = new SimulatedAccount();
        world.Broker.OnOpen = link => link.Say(account.Up(link.Settings.RecoverSince));
        var link = await world.BeginAsync(process);
        await world.HasAsync<SessionConnected>();

        foreach (var crash in new[] { "before", "after", "before", "after" })
        {
            var failing = Once(() => throw new IOException(crash));
            (world.Journal.Before, world.Journal.After) =
                crash == "before" ? (failing, world.Journal.After) : (world.Journal.Before, failing);
            var links = world.Broker.Links.Count;
            var reports = account.Open(Side.Sell, 100_000, 1.2m).Concat(account.Move(10m));
            foreach (var report in reports)
            {
                link.TrySay(report);
            }

            link = await world.Broker.LinkAsync(links + 1);
        }

        await Eventually.Be(async () => (await world.AllAsync<FundsDeposited>()).Count == 4);
        await Eventually.Be(async () => (await world.AllAsync<PositionOpened>()).Count == 4);
        (await world.AllAsync<DealExecuted>())
            .Select(d => d.DealId)
            .Should()
            .BeEquivalentTo(account.Deals.Select(d => d.DealId));
        (await world.AllAsync<BalanceChanged>())[^1].Balance.ToDecimal().Should().Be(account.Balance);
    }

    [Fact]
    public async Task A_failing_session_is_started_again_and_its_peers_never_notice()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var peer = UserKey.Of("peer");
        var peersLink = await world.GoLiveAsync(process, user: peer);
        var link = await world.GoLiveAsync(process);
        var refuse = 3;
        world.Broker.FailToOpen = settings =>
            Interlocked.Decrement(ref refuse) >= 0 ? new InvalidOperationException("cannot open") : null;

        link.Break(new InvalidDataException("a bug in the link"));

        var second = await world.Broker.LinkAsync(3);
        link.Disposed.Should().BeTrue();
        second.Settings.Account.Should().Be(SessionCases.Account);
        refuse.Should().BeNegative("it took several tries");
        peersLink.Disposed.Should().BeFalse();
        (await World.SendAsync(process, SessionCases.Start(peer), peer)).Should().BeOfType<CommandOutcome.Unchanged>();
    }

    [Fact]
    public async Task A_session_claimed_by_another_process_stops_here_and_closes_its_link()
    {
        await using var world = await World.CreateAsync(kind);
        var first = await world.StartAsync();
        var account = new SimulatedAccount();
        var old = await world.GoLiveAsync(first, account);

        await world.StartAsync();
        var fresh = await world.Broker.LinkAsync(2);
        await old.SayAsync(account.Move(5m)[0]);

        await Eventually.Be(() => old.Disposed);
        await Eventually.Be(() => first.Sessions.Count == 0);
        (await world.AllAsync<FundsDeposited>()).Should().BeEmpty("the old owner is fenced");
        await fresh.SayAsync(account.Up(fresh.Settings.RecoverSince));
        await world.HasAsync<FundsDeposited>();
        (await world.AllAsync<FundsDeposited>()).Should().ContainSingle();
    }

    [Fact]
    public async Task A_former_owner_that_is_told_of_a_duplicate_does_not_take_its_stream_back()
    {
        await using var world = await World.CreateAsync(kind);
        var first = await world.StartAsync();
        var account = new SimulatedAccount();
        var old = await world.GoLiveAsync(first, account);
        var second = await world.StartAsync();
        var fresh = await world.Broker.LinkAsync(2);
        await fresh.SayAsync(account.Up(fresh.Settings.RecoverSince));
        var deposit = account.Move(5m)[0];
        await fresh.SayAsync(deposit);
        await world.HasAsync<FundsDeposited>();

        await old.SayAsync(deposit);
        await old.SayAsync(account.Move(7m)[0]);

        await Eventually.Be(() => first.Sessions.Count == 0, text: "the former owner is fenced");
        await fresh.SayAsync(account.Move(9m)[0]);
        await world.HasAsync<FundsDeposited>(times: 2);
        second.Sessions.Count.Should().Be(1);
    }

    [Fact]
    public async Task A_full_mailbox_refuses_at_once_and_the_session_recovers_from_it()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(World.Quick with { MailboxCapacity = 4 });
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Journal.Before = _ =>
        {
            reached.TrySetResult();
            return hold.Task;
        };
        var working = World.SendAsync(process, SessionCases.Start());
        await reached.Task;

        var waiting = Enumerable.Range(0, 4).Select(_ => World.SendAsync(process, SessionCases.Start())).ToArray();
        var refused = await World.SendAsync(process, SessionCases.Start());

        refused.Should().BeOfType<CommandOutcome.Unavailable>();
        hold.SetResult();
        (await working).Should().BeOfType<CommandOutcome.Accepted>();
        (await Task.WhenAll(waiting)).Should().AllBeOfType<CommandOutcome.Unchanged>();
    }

    [Fact]
    public async Task A_link_that_says_more_than_is_taken_waits_and_nothing_is_lost()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync(World.Quick with { MailboxCapacity = 2 });
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Journal.Before = _ => hold.Task;

        var said = 0;
        while (link.TrySay(account.Move(1m)[0]))
        {
            said++;
        }

        hold.SetResult();
        await world.HasAsync<FundsDeposited>(times: said);
        said.Should().BeGreaterThan(2);
    }

    [Theory]
    [InlineData("before")]
    [InlineData("after")]
    public async Task Renewed_tokens_whose_storing_failed_are_stored_by_the_next_life_before_a_link_is_opened(
        string when
    )
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var link = await world.GoLiveAsync(process);
        var failing = Once(() => throw new IOException("database away"));
        (world.Journal.Before, world.Journal.After) =
            when == "before" ? (failing, world.Journal.After) : (world.Journal.Before, failing);

        await link.SayAsync(
            new BrokerReport.CredentialsRenewed(new("access-2", "refresh-2", null)) { At = SessionCases.At }
        );

        var next = await world.Broker.LinkAsync(2);
        next.Settings.Credentials.Should().BeEquivalentTo(new { AccessToken = "access-2", RefreshToken = "refresh-2" });
        (await world.AllAsync<CredentialsRefreshed>()).Should().NotBeEmpty();
    }

    [Fact]
    public async Task A_snapshot_that_cannot_be_read_is_passed_over()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await world.GoLiveAsync(process);
        await process.StopAsync(CancellationToken.None);
        world
            .Snapshots.Change(
                $"session-{SessionCases.User}",
                kept =>
                {
                    var frame = StateFrame.Parser.ParseFrom(kept);
                    frame.State = ByteString.CopyFrom(Enumerable.Repeat((byte)0xFF, 64).ToArray());
                    return frame.ToByteArray();
                }
            )
            .Should()
            .BeTrue();

        var second = await world.StartAsync();

        await world.Broker.LinkAsync(2);
        (await World.SendAsync(second, SessionCases.Start())).Should().BeOfType<CommandOutcome.Unchanged>();
    }

    private static Func<JournalWrite, Task> Once(Action act)
    {
        var done = 0;
        return _ =>
        {
            if (Interlocked.Exchange(ref done, 1) == 0)
            {
                act();
            }

            return Task.CompletedTask;
        };
    }
}
