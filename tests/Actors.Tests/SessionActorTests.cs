using System.Text;
using FluentAssertions;
using Trading.Actors.Tests.Journals;
using Trading.Actors.Tests.Support;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;

namespace Trading.Actors.Tests;

public abstract class SessionActorTests(JournalKind kind)
{
    [Fact]
    public async Task A_start_opens_a_link_and_what_the_broker_says_is_in_the_log()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var account = new SimulatedAccount();

        var link = await world.GoLiveAsync(process, account);
        foreach (var report in account.Open(Side.Buy, 1_000_000, 1.1m))
        {
            await link.SayAsync(report);
        }

        // The open position's prices are wanted, so the feed asks this session for them.
        await world.HasAsync<SubscriptionAdded>();
        link.Settings.Should()
            .BeEquivalentTo(
                new
                {
                    Account = SessionCases.Account,
                    Environment = BrokerEnvironment.Demo,
                    Credentials = new { AccessToken = "access-1", RefreshToken = "refresh-1" },
                }
            );
        var types = (await world.EventsAsync()).Select(recorded => recorded.Decode().GetType());
        types
            .Should()
            .Equal(
                typeof(SessionClaimed),
                typeof(CredentialsGranted),
                typeof(AccountSelected),
                typeof(SessionStarted),
                typeof(AccountDescribed),
                typeof(LeverageChanged),
                typeof(SymbolsListed),
                typeof(BalanceChanged),
                typeof(SessionConnected),
                typeof(OrderAccepted),
                typeof(OrderFilled),
                typeof(DealExecuted),
                typeof(PositionOpened),
                typeof(SubscriptionAdded)
            );
    }

    [Fact]
    public async Task Nothing_is_answered_and_no_effect_is_run_before_the_events_are_stored()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Journal.Before = _ =>
        {
            reached.TrySetResult();
            return hold.Task;
        };

        var answer = World.SendAsync(process, SessionCases.Start());
        await reached.Task;
        var next = World.SendAsync(process, SessionCases.Stop());

        answer.IsCompleted.Should().BeFalse();
        next.IsCompleted.Should().BeFalse("later messages wait while a persist is in flight");
        world.Broker.Links.Should().BeEmpty();
        (await world.AllAsync<SessionStarted>()).Should().BeEmpty();

        hold.SetResult();
        (await answer).Should().BeOfType<CommandOutcome.Accepted>();
        (await next).Should().BeOfType<CommandOutcome.Accepted>();
        world.Broker.Links.Should().ContainSingle();
    }

    [Fact]
    public async Task A_command_is_answered_with_the_offset_of_its_last_event()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();

        var accepted = await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        var repeated = await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        var refused = await World.SendAsync(
            process,
            new Domain.Sessions.SessionCommand.SelectAccount(new("999"), BrokerEnvironment.Demo)
            {
                At = SessionCases.At,
            }
        );

        var head = await world.Journal.HeadAsync(CancellationToken.None);
        accepted.Should().Be(new CommandOutcome.Accepted(head));
        repeated.Should().Be(new CommandOutcome.Unchanged(head));
        refused.Should().BeOfType<CommandOutcome.Refused>().Which.Code.Should().Be(Refusal.AccountNotGranted);
    }

    [Fact]
    public async Task Renewed_tokens_are_sealed_and_stored_before_the_link_may_use_them()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var link = await world.GoLiveAsync(process);
        var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Journal.Before = _ =>
        {
            reached.TrySetResult();
            return hold.Task;
        };
        var renewed = new BrokerCredentials("access-2", "refresh-2", SessionCases.At.AddDays(30));

        await link.SayAsync(new BrokerReport.CredentialsRenewed(renewed) { At = SessionCases.At });
        await reached.Task;
        link.Stored.Should().BeEmpty();

        hold.SetResult();
        await Eventually.Be(() => !link.Stored.IsEmpty);
        link.Stored.Should().ContainSingle().Which.Should().BeSameAs(renewed);
        (await world.AllAsync<CredentialsRefreshed>()).Should().ContainSingle();
        foreach (var recorded in await world.EventsAsync())
        {
            Encoding.UTF8.GetString(recorded.Payload.Span).Should().NotContain("access-").And.NotContain("refresh-");
        }
    }

    [Fact]
    public async Task A_restarted_session_opens_its_link_with_the_newest_tokens()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var link = await world.GoLiveAsync(process);
        await link.SayAsync(
            new BrokerReport.CredentialsRenewed(new("access-2", "refresh-2", null)) { At = SessionCases.At }
        );
        await world.HasAsync<CredentialsRefreshed>();
        await process.StopAsync(CancellationToken.None);

        await world.StartAsync();

        (await world.Broker.LinkAsync(2)).Settings.Credentials.AccessToken.Should().Be("access-2");
    }

    [Fact]
    public async Task Tokens_that_cannot_be_opened_any_more_end_the_session_until_the_user_consents_again()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        world.Sealer.KeyDestroyed = true;

        await World.SendAsync(process, SessionCases.Start());

        await world.HasAsync<SessionFailed>();
        (await world.AllAsync<CredentialsRevoked>()).Should().ContainSingle();
        world.Broker.Links.Should().BeEmpty();

        world.Sealer.KeyDestroyed = false;
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        (await world.AllAsync<SessionStarted>()).Should().HaveCount(2);
        await world.Broker.LinkAsync();
    }

    [Fact]
    public async Task Slow_retries_are_told_once_and_the_session_goes_on()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var account = new SimulatedAccount();
        var link = await world.GoLiveAsync(process, account);

        for (var attempt = 1; attempt <= 14; attempt++)
        {
            await link.SayAsync(account.Down(attempt, slow: attempt > 10));
        }

        await link.SayAsync(account.Up(attempt: 15));
        await world.HasAsync<SessionConnected>(times: 2);
        (await world.AllAsync<LinkLost>()).Should().ContainSingle();
        (await world.AllAsync<LinkRetrySlowed>()).Should().ContainSingle().Which.Attempts.Should().Be(11);
        (await world.AllAsync<SessionConnected>())[1].Attempt.Should().Be(15);
    }

    [Fact]
    public async Task A_refusal_for_good_closes_the_link_and_a_new_start_opens_another()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var link = await world.GoLiveAsync(process);

        await link.SayAsync(
            new BrokerReport.LinkRefused("CH_CLIENT_AUTH_FAILURE", "no", false) { At = SessionCases.At }
        );
        await world.HasAsync<SessionFailed>();
        await Eventually.Be(() => link.Disposed);

        (await World.SendAsync(process, SessionCases.Start())).Should().BeOfType<CommandOutcome.Accepted>();
        await world.Broker.LinkAsync(2);
    }

    [Fact]
    public async Task Reports_of_a_former_link_are_passed_over()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var former = await world.GoLiveAsync(process);
        await World.SendAsync(process, SessionCases.Stop());
        await World.SendAsync(process, SessionCases.Start());
        var link = await world.Broker.LinkAsync(2);

        former.TrySay(new SimulatedAccount().Down()).Should().BeFalse("a closed link says nothing more");
        await link.SayAsync(new SimulatedAccount().Up());

        await world.HasAsync<SessionConnected>(times: 2);
        (await world.AllAsync<LinkLost>()).Should().BeEmpty();
    }

    [Fact]
    public async Task Selecting_another_account_moves_the_link_over()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        var user = SessionCases.User;
        var grant = (Domain.Sessions.SessionCommand.Grant)await world.GrantAsync(user);
        grant = grant with { Accounts = SessionCases.Grant("1001", "1002").Accounts };
        await World.SendAsync(process, grant);
        (await World.SendAsync(process, SessionCases.Start()))
            .Should()
            .BeOfType<CommandOutcome.Refused>()
            .Which.Code.Should()
            .Be(Refusal.AccountNotSelected);
        await Select("1001");
        await World.SendAsync(process, SessionCases.Start());
        var first = await world.Broker.LinkAsync();

        await Select("1002");

        var second = await world.Broker.LinkAsync(2);
        first.Disposed.Should().BeTrue();
        second.Settings.Account.Should().Be(new AccountId("1002"));

        Task<CommandOutcome> Select(string account) =>
            World.SendAsync(
                process,
                new Domain.Sessions.SessionCommand.SelectAccount(new(account), BrokerEnvironment.Demo)
                {
                    At = SessionCases.At,
                }
            );
    }

    [Fact]
    public async Task Each_life_begins_with_a_claim_that_tells_since_when_nobody_attended()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await world.GoLiveAsync(process);
        var lastHeard = (await world.EventsAsync())[^1].OccurredAt;
        await process.StopAsync(CancellationToken.None);

        await world.StartAsync();
        await world.HasAsync<SessionClaimed>(times: 2);

        var claims = await world.AllAsync<SessionClaimed>();
        claims[0].Should().Be(new SessionClaimed { Owner = "process-1" }, "before it there was nothing to attend to");
        claims[1].Owner.Should().Be("process-2");
        claims[1].UnattendedFromMs.Should().Be(lastHeard.ToUnixTimeMilliseconds());
        claims[1].UnattendedToMs.Should().BeGreaterThanOrEqualTo(claims[1].UnattendedFromMs);
    }

    [Fact]
    public async Task After_a_restart_a_session_is_connected_again_only_when_its_new_link_stands()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await world.GoLiveAsync(process);
        process.Feeds.Want(BrokerEnvironment.Demo, new("EURUSD"));
        await Eventually.Be(() => process.Feeds.StatusOf(BrokerEnvironment.Demo).Live);
        await process.StopAsync(CancellationToken.None);

        var successor = await world.StartAsync();
        var link = await world.Broker.LinkAsync(2);
        successor.Feeds.StatusOf(BrokerEnvironment.Demo).Live.Should().BeFalse();
        (await world.AllAsync<SessionConnected>()).Should().ContainSingle();

        await link.SayAsync(new SimulatedAccount().Up(link.Settings.RecoverSince));
        await world.HasAsync<SessionConnected>(times: 2);
    }

    [Fact]
    public async Task A_session_that_is_not_to_run_is_claimed_only_by_what_is_recorded_next()
    {
        await using var world = await World.CreateAsync(kind);
        var process = await world.StartAsync();
        await World.SendAsync(process, await world.GrantAsync(SessionCases.User));
        await process.StopAsync(CancellationToken.None);

        var successor = await world.StartAsync();
        await World.SendAsync(successor, await world.GrantAsync(SessionCases.User));
        (await world.AllAsync<SessionClaimed>()).Should().ContainSingle("a repeat records nothing");
        await World.SendAsync(successor, SessionCases.Start());

        (await world.EventsAsync())
            .Select(recorded => recorded.Decode().GetType())
            .TakeLast(3)
            .Should()
            .Equal(typeof(SessionClaimed), typeof(AccountSelected), typeof(SessionStarted));
    }
}
