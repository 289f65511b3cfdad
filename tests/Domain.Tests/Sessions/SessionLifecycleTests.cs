using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

public sealed class SessionLifecycleTests
{
    private readonly SimulatedAccount _account = new();

    private static SessionCommand.SelectAccount Select(
        string account,
        BrokerEnvironment environment = BrokerEnvironment.Demo
    ) => new(new(account), environment) { At = At };

    private static SessionCommand.Identify Identify(string? email = null) =>
        new(User, "sealed id"u8.ToArray(), email is null ? null : UserKey.Of(email), "sealed mail"u8.ToArray())
        {
            At = At,
        };

    private BrokerReport.LinkRefused Refused(bool needsConsent) =>
        new("CH_ACCESS_TOKEN_INVALID", "the token is no good", needsConsent) { At = _account.Now };

    [Fact]
    public void A_start_without_a_grant_is_refused() =>
        Session.GivenCommands().When(Start()).ThenRefused(Refusal.NoCredentials);

    [Fact]
    public void A_start_with_one_granted_account_selects_it_and_runs() =>
        Session
            .GivenCommands(Grant())
            .When(Start())
            .Then(
                new AccountSelected { AccountId = "1001", Environment = BrokerEnvironment.Demo },
                new SessionStarted
                {
                    UserKey = User.Value,
                    Broker = "ctrader",
                    AccountId = "1001",
                    Environment = BrokerEnvironment.Demo,
                    RequestedBy = "test",
                }
            )
            .State.Phase.Should()
            .Be(SessionPhase.Connecting);

    [Fact]
    public void A_start_with_several_accounts_and_none_chosen_is_refused() =>
        Session.GivenCommands(Grant("1001", "1002")).When(Start()).ThenRefused(Refusal.AccountNotSelected, "accountId");

    [Fact]
    public void A_start_of_a_running_session_changes_nothing() => Started().When(Start()).ThenUnchanged();

    [Fact]
    public void A_start_after_a_stop_runs_again() =>
        Started().When(Stop()).Go().When(Start()).ThenTypes(typeof(SessionStarted));

    [Fact]
    public void A_start_for_another_user_is_refused() =>
        Session.GivenCommands(Grant()).When(Start(UserKey.Of("other"))).ThenRefused(Refusal.Invalid, "userId");

    [Fact]
    public void A_stop_ends_a_running_session_and_a_second_one_changes_nothing() =>
        Started().When(Stop()).Then(new SessionStopped { Reason = "asked to" }).When(Stop()).ThenUnchanged();

    [Fact]
    public void A_stop_of_a_session_that_failed_keeps_a_new_grant_from_reviving_it() =>
        Started()
            .After(Refused(needsConsent: true))
            .When(Stop())
            .ThenTypes(typeof(SessionStopped))
            .When(Grant())
            .ThenTypes(typeof(CredentialsGranted));

    [Fact]
    public void A_user_is_identified_once_and_again_only_when_an_email_becomes_known() =>
        Session
            .GivenCommands()
            .When(Identify())
            .ThenTypes(typeof(UserIdentified))
            .When(Identify())
            .ThenUnchanged()
            .When(Identify("a@b.c"))
            .ThenTypes(typeof(UserIdentified))
            .When(Identify("a@b.c"))
            .ThenUnchanged()
            .When(Identify())
            .ThenUnchanged();

    [Fact]
    public void An_account_that_is_not_granted_cannot_be_selected()
    {
        Session.GivenCommands().When(Select("1001")).ThenRefused(Refusal.NoCredentials);
        Session.GivenCommands(Grant()).When(Select("9")).ThenRefused(Refusal.AccountNotGranted, "accountId");
        Session
            .GivenCommands(Grant())
            .When(Select("1001", BrokerEnvironment.Live))
            .ThenRefused(Refusal.Invalid, "environment");
    }

    [Fact]
    public void Selecting_an_account_of_a_stopped_session_only_selects() =>
        Session
            .GivenCommands(Grant("1001", "1002"))
            .When(Select("1002"))
            .ThenTypes(typeof(AccountSelected))
            .When(Select("1002"))
            .ThenUnchanged();

    [Fact]
    public void Selecting_another_account_moves_a_running_session_over() =>
        Session
            .GivenCommands(Grant("1001", "1002"), Select("1001"), Start(), Observe(_account.Up()), Stream("EURUSD"))
            .When(Select("1002"))
            .ThenTypes(
                typeof(SubscriptionRemoved),
                typeof(SessionStopped),
                typeof(AccountSelected),
                typeof(SessionStarted)
            )
            .State.DesiredLink()!
            .Account.Should()
            .Be(new AccountId("1002"));

    [Fact]
    public void An_account_selected_again_goes_on_where_its_book_was_left()
    {
        var state = Session
            .GivenCommands(Grant("1001", "1002"), Select("1001"), Start(), Observe(_account.Up()))
            .After(_account.Move(50m))
            .When(Select("1002"))
            .Go()
            .When(Select("1001"))
            .Go()
            .State;

        state.Book!.Balance.Should().Be(10_050m);
        state.DesiredLink()!.RecoverSince.Should().NotBeNull();
        Session.GivenEvents(At).State.Should().Be(SessionState.Initial);
    }

    [Fact]
    public void A_new_grant_reaches_a_running_session_without_ending_it()
    {
        var granted = LiveOn(_account).When(Grant("1001", "1002"));

        var after = granted.ThenTypes(typeof(CredentialsGranted)).State;
        after.Phase.Should().Be(SessionPhase.Live);
        SessionReact
            .To(after, granted.The<CredentialsGranted>())
            .Should()
            .BeOfType<SessionEffect.OpenLink>("the link knows only the tokens it was opened with");
    }

    [Fact]
    public void A_new_grant_without_the_served_account_ends_the_session() =>
        LiveOn(_account).When(Grant("1002")).ThenTypes(typeof(SessionStopped), typeof(CredentialsGranted));

    [Fact]
    public void The_same_grant_again_changes_nothing() => Session.GivenCommands(Grant()).When(Grant()).ThenUnchanged();

    [Fact]
    public void A_grant_needs_the_name_of_its_broker() =>
        Session.GivenCommands().When(Grant() with { Broker = "" }).ThenRefused(Refusal.Invalid, "broker");

    [Fact]
    public void A_revocation_stops_the_session_and_forgets_the_tokens() =>
        LiveOn(_account)
            .When(new SessionCommand.Revoke("taken back") { At = At })
            .Then(new SessionStopped { Reason = "taken back" }, new CredentialsRevoked { Reason = "taken back" })
            .When(Start())
            .ThenRefused(Refusal.NoCredentials);

    [Fact]
    public void A_grant_that_is_gone_fails_the_session_and_a_new_one_starts_it_again() =>
        LiveOn(_account)
            .When(Observe(Refused(needsConsent: true)))
            .ThenTypes(typeof(CredentialsRevoked), typeof(SessionFailed))
            .When(Start())
            .ThenRefused(Refusal.NoCredentials)
            .When(Grant())
            .ThenTypes(typeof(CredentialsGranted), typeof(SessionStarted));

    [Fact]
    public void Another_refusal_for_good_fails_the_session_until_it_is_started_again() =>
        LiveOn(_account)
            .When(Observe(Refused(needsConsent: false)))
            .Then(new SessionFailed { Code = "CH_ACCESS_TOKEN_INVALID", Detail = "the token is no good" })
            .When(Observe(_account.Up()))
            .ThenUnchanged()
            .When(Start())
            .ThenTypes(typeof(SessionStarted));

    [Fact]
    public void Renewed_tokens_are_recorded_and_confirmed_to_the_link()
    {
        var store = new SessionCommand.StoreCredentials("a2"u8.ToArray(), "r2"u8.ToArray(), At.AddDays(60)) { At = At };

        var stored = LiveOn(_account).When(store);

        var state = stored.ThenTypes(typeof(CredentialsRefreshed)).When(store).ThenUnchanged().State;
        SessionReact
            .To(state, stored.The<CredentialsRefreshed>())
            .Should()
            .BeOfType<SessionEffect.ConfirmCredentials>();
        state.Grant!.SealedRefreshToken.ToStringUtf8().Should().Be("r2");
        Session.GivenCommands().When(store).ThenRefused(Refusal.NoCredentials);
    }

    [Fact]
    public void A_first_try_that_fails_tells_of_a_lost_link_once_and_of_slow_retries_once() =>
        Started()
            .When(Observe(_account.Down(1)))
            .Then(new LinkLost { Reason = "connection reset" })
            .When(Observe(_account.Down(2)))
            .ThenUnchanged()
            .When(Observe(_account.Down(11, slow: true)))
            .Then(new LinkRetrySlowed { Attempts = 11, Reason = "connection reset" })
            .When(Observe(_account.Down(12, slow: true)))
            .ThenUnchanged();

    [Fact]
    public void Another_failure_while_retrying_is_told_so_that_the_newest_refusal_can_be_read() =>
        LiveOn(_account)
            .After(_account.Down())
            .When(Observe(Full(2)))
            .Then(
                new LinkRetryFailed
                {
                    Attempts = 2,
                    Reason = "Too many connections",
                    Code = "CONNECTIONS_LIMIT_EXCEEDED",
                }
            )
            .When(Observe(Full(3)))
            .ThenUnchanged()
            .When(Observe(Full(11, slow: true)))
            .ThenTypes(typeof(LinkRetrySlowed))
            .When(Observe(Full(12, slow: true)))
            .ThenUnchanged();

    [Fact]
    public void Failures_in_turns_fill_no_journal_once_the_retries_are_slow()
    {
        var session = LiveOn(_account).After(_account.Down(), Full(11, slow: true));
        _account.Wait(TimeSpan.FromMinutes(4));
        session = session.When(Observe(_account.Down(12, slow: true))).ThenUnchanged();
        _account.Wait(TimeSpan.FromMinutes(1));

        session
            .When(Observe(_account.Down(13, slow: true)))
            .Then(new LinkRetryFailed { Attempts = 13, Reason = "connection reset" })
            .When(Observe(Full(14, slow: true)))
            .ThenUnchanged();
    }

    private BrokerReport.LinkDown Full(int attempts, bool slow = false) =>
        new("Too many connections", "CONNECTIONS_LIMIT_EXCEEDED", attempts, slow) { At = _account.Now };

    [Fact]
    public void A_link_that_comes_back_is_connected_and_its_next_loss_is_told_again() =>
        LiveOn(_account)
            .After(_account.Down(), _account.Down(11, slow: true))
            .When(Observe(_account.Up(attempt: 12)))
            .Then(new SessionConnected { AccountId = "1001", Attempt = 12 })
            .When(Observe(_account.Down()))
            .ThenTypes(typeof(LinkLost));

    [Fact]
    public void A_loss_with_no_quick_retries_left_tells_both_at_once() =>
        LiveOn(_account)
            .When(Observe(_account.Down(11, slow: true)))
            .ThenTypes(typeof(LinkLost), typeof(LinkRetrySlowed));

    [Fact]
    public void A_try_that_begins_is_no_event() =>
        Started().When(Observe(new BrokerReport.LinkOpening(1) { At = At })).ThenUnchanged();

    [Fact]
    public void A_session_that_is_not_to_run_takes_no_report_in()
    {
        Session.GivenCommands(Grant()).When(Observe(_account.Up())).ThenUnchanged();
        LiveOn(_account).When(Stop()).Go().When(Observe(_account.Move(1m)[0])).ThenUnchanged();
    }

    [Fact]
    public void A_snapshot_of_another_account_is_passed_over() =>
        Started().When(Observe(new SimulatedAccount("2002").Up())).ThenUnchanged();

    [Fact]
    public void Reports_before_the_first_snapshot_are_passed_over_because_it_contains_them() =>
        Started().When(Observe(_account.Move(1m)[0])).ThenUnchanged();

    [Fact]
    public void Streaming_states_the_whole_set_and_only_what_is_offered() =>
        LiveOn(_account)
            .When(Stream("XAUUSD", "EURUSD", "NOSUCH"))
            .Then(
                new SubscriptionAdded { Symbol = "EURUSD", SymbolId = 1 },
                new SubscriptionAdded { Symbol = "XAUUSD", SymbolId = 3 }
            )
            .When(Stream("XAUUSD", "USDJPY"))
            .Then(
                new SubscriptionRemoved { Symbol = "EURUSD", SymbolId = 1 },
                new SubscriptionAdded { Symbol = "USDJPY", SymbolId = 2 }
            )
            .When(Stream("USDJPY", "XAUUSD"))
            .ThenUnchanged();

    [Fact]
    public void A_session_that_does_not_run_streams_nothing() =>
        Session.GivenCommands(Grant()).When(Stream("EURUSD")).ThenUnchanged();

    [Fact]
    public void A_stop_ends_the_subscriptions() =>
        LiveOn(_account)
            .When(Stream("EURUSD"))
            .Go()
            .When(Stop())
            .ThenTypes(typeof(SubscriptionRemoved), typeof(SessionStopped));

    [Fact]
    public void Effects_follow_from_events_and_recovery_only_opens_what_should_be_open()
    {
        var live = LiveOn(_account).When(Stream("EURUSD")).Go().State;

        SessionReact
            .Resume(live)
            .Should()
            .BeOfType<SessionEffect.OpenLink>()
            .Which.Symbols.Should()
            .BeEquivalentTo([new SymbolName("EURUSD")]);
        SessionReact.Resume(Started().When(Stop()).Go().State).Should().BeNull();
        SessionReact.To(live, new SessionConnected()).Should().BeNull();
        SessionReact.To(live, new SessionStopped()).Should().BeOfType<SessionEffect.CloseLink>();
        SessionReact.To(live, new SessionFailed()).Should().BeOfType<SessionEffect.CloseLink>();
        SessionReact.To(live, new SubscriptionAdded()).Should().BeOfType<SessionEffect.SetSymbols>();
        SessionReact.To(Started().State, new SessionStarted()).Should().BeOfType<SessionEffect.OpenLink>();
    }
}
