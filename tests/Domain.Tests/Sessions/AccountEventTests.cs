using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

/// <summary>The account-level events of the cTrader Open API reference, section 5.8, and the money rules of 8.4.</summary>
public sealed class AccountEventTests
{
    private readonly SimulatedAccount _account = new();

    private Scenario<SessionState, SessionCommand>.Given Live => LiveOn(_account);

    [Fact]
    public void A_deposit_is_recorded_with_the_balance_it_made()
    {
        var live = Live;
        var deposit = live.When(Observe(_account.Move(250.75m)[0]));

        deposit.ThenTypes(typeof(FundsDeposited), typeof(BalanceChanged));
        deposit.The<FundsDeposited>().Amount.ToDecimal().Should().Be(250.75m);
        deposit.The<BalanceChanged>().Cause.Should().Be(BalanceCause.Deposit);
        deposit.The<BalanceChanged>().Balance.ToDecimal().Should().Be(10_250.75m);
        deposit.The<BalanceChanged>().BalanceVersion.Should().Be(2);
    }

    [Fact]
    public void A_withdrawal_is_recorded_with_a_positive_amount_and_a_negative_delta()
    {
        var live = Live;
        var withdrawal = live.When(Observe(_account.Move(-100m)[0]));

        withdrawal.The<FundsWithdrawn>().Amount.ToDecimal().Should().Be(100m);
        withdrawal.The<BalanceChanged>().Delta.ToDecimal().Should().Be(-100m);
        withdrawal.The<BalanceChanged>().Cause.Should().Be(BalanceCause.Withdrawal);
    }

    [Fact]
    public void A_movement_told_twice_is_recorded_once()
    {
        var live = Live;
        var deposit = _account.Move(1m)[0];

        live.After(deposit).When(Observe(deposit)).ThenUnchanged();
    }

    [Fact]
    public void A_movement_that_comes_late_is_recorded_and_the_newer_balance_stands()
    {
        var live = Live;
        var first = _account.Move(10m)[0];
        var second = _account.Move(20m)[0];

        var ahead = live.When(Observe(second));
        ahead.ThenTypes(typeof(FundsDeposited), typeof(BalanceChanged), typeof(BalanceChanged));
        ahead
            .Events.Select(happened => happened.Payload)
            .OfType<BalanceChanged>()
            .Select(change => (change.Cause, change.Delta.ToDecimal(), change.BalanceVersion))
            .Should()
            .Equal((BalanceCause.Correction, 10m, 2L), (BalanceCause.Deposit, 20m, 3L));
        ahead.Go().When(Observe(first)).ThenTypes(typeof(FundsDeposited)).State.Book!.Balance.Should().Be(10_030m);
    }

    [Fact]
    public void A_movement_of_nothing_is_no_event()
    {
        var live = Live;
        live.When(Observe(_account.Move(0m)[0])).ThenUnchanged();
    }

    [Fact]
    public void Bonuses_are_recorded_when_they_differ()
    {
        var bonus = new BonusChanged { AccountId = "1001", ManagerBonus = 50m.ToEvent() };
        var report = new BrokerReport.BonusMoved(bonus) { At = _account.Now };

        Live.When(Observe(report)).Then(bonus).When(Observe(report)).ThenUnchanged();
    }

    [Fact]
    public void A_swap_changes_the_position_and_not_the_balance()
    {
        var live = Live.After(_account.Open(Side.Buy, 100_000, 1.1m));
        var position = _account.Positions.Keys.Single();
        var report = _account.Swap(position, -1.25m)[0];

        var swap = live.When(Observe(report));

        var state = swap.ThenTypes(typeof(SwapCharged)).When(Observe(report)).ThenUnchanged().State;
        swap.The<SwapCharged>().Delta.ToDecimal().Should().Be(-1.25m);
        state.Book!.Positions[position].Swap.ToDecimal().Should().Be(-1.25m);
        state.Book.Balance.Should().Be(10_000m);
    }

    [Fact]
    public void A_margin_computed_anew_changes_the_position()
    {
        var live = Live.After(_account.Open(Side.Buy, 100_000, 1.1m));
        var report = _account.Margin(_account.Positions.Keys.Single(), 77.7m)[0];

        live.When(Observe(report)).ThenTypes(typeof(MarginChanged)).When(Observe(report)).ThenUnchanged();
    }

    [Fact]
    public void A_margin_of_an_unknown_position_is_passed_over()
    {
        var margin = new MarginChanged
        {
            AccountId = "1001",
            PositionId = "404",
            UsedMargin = 1m.ToEvent(),
        };

        Live.When(Observe(new BrokerReport.MarginReported(margin) { At = At })).ThenUnchanged();
    }

    [Fact]
    public void A_trailing_stop_that_moves_changes_the_protection()
    {
        var live = Live.After(_account.Open(Side.Buy, 100_000, 1.1m));
        var moved = new BrokerReport.TrailingStopMoved(
            new(_account.Positions.Keys.Single()),
            1.09m.ToEvent(),
            SimulatedAccount.Source("ProtoOATrailingSLChangedEvent")
        )
        {
            At = _account.Now,
        };

        var change = live.When(Observe(moved));

        change.The<PositionChanged>().Cause.Should().Be("trailing_stop");
        change.Go().When(Observe(moved)).ThenUnchanged();
    }

    [Fact]
    public void Leverage_and_description_are_recorded_when_they_differ()
    {
        var live = Live;
        _account.Leverage = 3_000;
        var state = _account.State();
        var described = state.Description.Clone();
        described.AccessRights = "close_only";
        var report = new BrokerReport.AccountReported(state with { Description = described }) { At = _account.Now };

        var change = live.When(Observe(report));

        change.ThenTypes(typeof(AccountDescribed), typeof(LeverageChanged)).When(Observe(report)).ThenUnchanged();
        change.The<AccountDescribed>().Source.Should().NotBeNull();
    }

    [Fact]
    public void A_newer_balance_that_nothing_explains_is_followed_as_a_correction_and_an_older_one_is_ignored()
    {
        var live = Live;
        var old = new BrokerReport.AccountReported(_account.State()) { At = _account.Now };
        _account.Adjust(-3m);
        var fresh = new BrokerReport.AccountReported(_account.State()) { At = _account.Now };

        var change = live.When(Observe(fresh));

        change.The<BalanceChanged>().Cause.Should().Be(BalanceCause.Correction);
        change.Go().When(Observe(old)).ThenUnchanged();
        change.Go().When(Observe(fresh)).ThenUnchanged();
    }

    [Fact]
    public void Changed_symbols_are_recorded_and_what_is_no_longer_offered_streams_no_more()
    {
        var live = Live.When(Stream("EURUSD", "XAUUSD")).Go();
        var listed = _account.Symbols.Clone();
        listed.Symbols.RemoveAt(2);
        var report = new BrokerReport.SymbolsReported(listed) { At = _account.Now };

        live.When(Observe(report))
            .ThenTypes(typeof(SymbolsListed), typeof(SubscriptionRemoved))
            .When(Observe(report))
            .ThenUnchanged()
            .State.Subscriptions.Keys.Should()
            .Equal(new SymbolName("EURUSD"));
    }

    [Fact]
    public void Positions_need_their_own_symbol_and_the_way_to_the_accounts_currency()
    {
        var live = Live.After(_account.Open(Side.Buy, 100_000, 0.85m, symbolId: 4))
            .After(_account.Open(Side.Buy, 100_000, 1.1m));

        live.State.Book!.NeededSymbols()
            .Select(symbol => symbol.Value)
            .Should()
            .BeEquivalentTo("EURGBP", "GBPUSD", "EURUSD");
    }

    [Fact]
    public void A_movement_without_a_version_counts_unless_it_is_older_than_the_balance()
    {
        var live = Live;
        var movement = ((BrokerReport.CashMoved)_account.Move(5m)[0]).Movement with { BalanceVersion = 0 };
        var late = movement with { MovementId = "late", At = movement.At.AddHours(-1) };

        live.When(Observe(new BrokerReport.CashMoved(movement) { At = movement.At }))
            .ThenTypes(typeof(FundsDeposited), typeof(BalanceChanged))
            .When(Observe(new BrokerReport.CashMoved(late) { At = movement.At }))
            .ThenTypes(typeof(FundsDeposited));
    }
}
