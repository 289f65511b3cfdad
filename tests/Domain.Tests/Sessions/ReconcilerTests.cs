using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

public sealed class ReconcilerTests
{
    private readonly SimulatedAccount _account = new();

    [Fact]
    public void The_first_snapshot_opens_the_book_and_explains_nothing_away()
    {
        _account.Open(Side.Buy, 100_000, 1.1m);
        _account.Place(Side.Buy, 100_000, 1.0m);

        var up = Started().When(Observe(_account.Up()));

        up.ThenTypes(
            typeof(AccountDescribed),
            typeof(LeverageChanged),
            typeof(SymbolsListed),
            typeof(BalanceChanged),
            typeof(OrderAccepted),
            typeof(PositionOpened),
            typeof(SessionConnected)
        );
        up.The<BalanceChanged>().Cause.Should().Be(BalanceCause.Opening);
        up.The<BalanceChanged>().Delta.ToDecimal().Should().Be(10_000m);
    }

    [Fact]
    public void The_same_snapshot_again_gives_no_events()
    {
        _account.Open(Side.Buy, 100_000, 1.1m);
        _account.Wait(TimeSpan.FromSeconds(1));
        var live = LiveOn(_account);

        Reconciler.Reconcile(live.State, _account.Snapshot(DateTimeOffset.UnixEpoch), _account.Now).Should().BeEmpty();
    }

    [Fact]
    public void What_was_traded_before_the_first_snapshot_is_contained_in_it_and_not_recorded()
    {
        _account.Open(Side.Buy, 200_000, 1.1m);
        _account.Close(_account.Positions.Keys.Single(), 100_000, 1.2m);
        _account.Move(5m);
        _account.Wait(TimeSpan.FromSeconds(1));
        var live = LiveOn(_account).After(_account.Down());
        _account.Move(6m);
        _account.Open(Side.Buy, 100_000, 1.1m);

        var up = live.When(Observe(_account.Up(DateTimeOffset.UnixEpoch)));

        up.The<FundsDeposited>().Amount.ToDecimal().Should().Be(6m);
        up.The<DealExecuted>().DealId.Should().Be(_account.Deals[^1].DealId);
    }

    [Fact]
    public void What_was_missed_is_recorded_in_the_order_of_the_balance_version()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 300_000, 1.1m)).After(_account.Down());
        var position = _account.Positions.Keys.Single();
        _account.Move(100m);
        _account.Close(position, 100_000, 1.2m);
        _account.Move(-30m);
        _account.Close(position, 200_000, 1.05m);

        var up = live.When(Observe(_account.Up(live.State.DesiredLink()!.RecoverSince)));

        up.ThenTypes(
            typeof(FundsDeposited),
            typeof(BalanceChanged),
            typeof(OrderAccepted),
            typeof(OrderFilled),
            typeof(DealExecuted),
            typeof(BalanceChanged),
            typeof(PositionChanged),
            typeof(FundsWithdrawn),
            typeof(BalanceChanged),
            typeof(OrderAccepted),
            typeof(OrderFilled),
            typeof(DealExecuted),
            typeof(BalanceChanged),
            typeof(PositionClosed),
            typeof(SessionConnected)
        );
        var payloads = up.Events.Select(happened => happened.Payload).ToArray();
        payloads.OfType<BalanceChanged>().Select(b => b.BalanceVersion).Should().Equal(2, 3, 4, 5);
        payloads.OfType<DealExecuted>().Should().OnlyContain(deal => deal.Recovered);
        up.The<PositionClosed>().Cause.Should().Be("deal");
        up.Events[4].At.Should().Be(DateTimeOffset.FromUnixTimeMilliseconds(_account.Deals[1].ExecutedAtMs));
    }

    [Fact]
    public void A_balance_that_nothing_explains_is_a_difference_and_a_correction_once()
    {
        var live = LiveOn(_account).After(_account.Down());
        _account.Adjust(-12.34m);

        var up = live.When(Observe(_account.Up(_account.Now.AddHours(-1))));

        up.ThenTypes(typeof(BalanceChanged), typeof(DifferenceReconciled), typeof(SessionConnected));
        up.The<BalanceChanged>().Cause.Should().Be(BalanceCause.Correction);
        up.The<DifferenceReconciled>()
            .Should()
            .BeEquivalentTo(
                new
                {
                    Subject = "balance",
                    Expected = "10000",
                    Observed = "9987.66",
                }
            );
        up.Go().When(Observe(_account.Up(_account.Now.AddHours(-1)))).ThenUnchanged();
    }

    [Fact]
    public void An_unexplained_change_between_two_deals_is_booked_by_itself()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m)).After(_account.Down());
        var position = _account.Positions.Keys.Single();
        _account.Close(position, 100_000, 1.2m);
        _account.Adjust(7m);
        _account.Close(position, 100_000, 1.2m);

        var up = live.When(Observe(_account.Up(_account.Now.AddHours(-1))));

        up.Events.Select(happened => happened.Payload)
            .OfType<BalanceChanged>()
            .Select(change => change.Cause)
            .Should()
            .Equal(BalanceCause.Deal, BalanceCause.Correction, BalanceCause.Deal);
        up.Go().State.Book!.Balance.Should().Be(_account.Balance);
    }

    [Fact]
    public void A_position_that_vanished_without_a_deal_is_a_difference()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m)).After(_account.Down());
        var empty = _account.Snapshot(_account.Now) with { Positions = [] };

        var up = live.When(Observe(new BrokerReport.LinkUp(1, empty) { At = _account.Now }));

        up.ThenTypes(typeof(DifferenceReconciled), typeof(PositionClosed), typeof(SessionConnected));
        up.The<PositionClosed>().Cause.Should().Be("reconciled");
        up.The<DifferenceReconciled>().Expected.Should().Be("buy 200000 EURUSD at 1.1");
        up.The<DifferenceReconciled>().Source.Type.Should().Be("ProtoOAReconcileRes");
    }

    [Fact]
    public void A_position_that_appeared_or_grew_without_a_deal_is_a_difference()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m)).After(_account.Down());
        var grown = _account.Positions.Values.Single().Clone();
        grown.Volume = 500_000;
        var other = grown.Clone();
        other.PositionId = "777";
        var snapshot = _account.Snapshot(_account.Now) with
        {
            Positions =
            [
                new(grown, SimulatedAccount.Source("ProtoOAPosition")),
                new(other, SimulatedAccount.Source("ProtoOAPosition")),
            ],
        };

        live.When(Observe(new BrokerReport.LinkUp(1, snapshot) { At = _account.Now }))
            .ThenTypes(
                typeof(DifferenceReconciled),
                typeof(PositionChanged),
                typeof(DifferenceReconciled),
                typeof(PositionOpened),
                typeof(SessionConnected)
            );
    }

    [Fact]
    public void Orders_filled_cancelled_and_expired_while_away_end_as_what_they_were()
    {
        var live = LiveOn(_account);
        live = live.After(_account.Place(Side.Buy, 100_000, 1.0m));
        var filled = _account.Orders.Keys.Last();
        live = live.After(_account.Place(Side.Buy, 200_000, 1.0m));
        var partly = _account.Orders.Keys.Last();
        live = live.After(_account.Place(Side.Buy, 300_000, 1.0m));
        var cancelled = _account.Orders.Keys.Last();
        live = live.After(_account.Place(Side.Buy, 400_000, 1.0m, TimeSpan.FromMinutes(1)));
        var expired = _account.Orders.Keys.Last();
        live = live.After(_account.Place(Side.Buy, 500_000, 1.0m));
        var moved = _account.Orders.Keys.Last();
        live = live.After(_account.Down());
        _account.FillOrder(filled, 100_000);
        _account.FillOrder(partly, 50_000);
        _account.End(cancelled, OrderStepKind.Cancelled);
        _account.Wait(TimeSpan.FromMinutes(2));
        _account.End(expired, OrderStepKind.Expired);
        _account.Amend(moved, 0.9m);
        _account.Place(Side.Sell, 600_000, 1.3m);

        var up = live.When(Observe(_account.Up(_account.Now.AddHours(-1))));

        var payloads = up.Events.Select(happened => happened.Payload).ToArray();
        payloads
            .OfType<OrderFilled>()
            .Select(fill => (fill.Order.OrderId, fill.Complete, fill.DealId.Length > 0))
            .Should()
            .BeEquivalentTo([(filled, true, true), (partly, false, true)]);
        up.The<OrderCancelled>().Order.OrderId.Should().Be(cancelled);
        up.The<OrderExpired>().Order.OrderId.Should().Be(expired);
        up.The<OrderAmended>().Order.OrderId.Should().Be(moved);
        payloads.OfType<OrderAccepted>().Should().ContainSingle();
        payloads.OfType<DifferenceReconciled>().Should().BeEmpty();
    }

    [Fact]
    public void An_order_partly_filled_and_then_cancelled_while_away_tells_both()
    {
        var live = LiveOn(_account).After(_account.Place(Side.Buy, 200_000, 1.0m)).After(_account.Down());
        var order = _account.Orders.Keys.Single();
        _account.FillOrder(order, 50_000);
        _account.End(order, OrderStepKind.Cancelled);

        var up = live.When(Observe(_account.Up(_account.Now.AddHours(-1))));

        up.The<OrderFilled>().Complete.Should().BeFalse();
        up.The<OrderCancelled>().Order.ExecutedVolume.Should().Be(50_000);
    }

    [Fact]
    public void A_deal_that_is_both_in_the_history_and_told_live_is_recorded_once_and_closes_its_position()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m)).After(_account.Down());
        var early = _account.Snapshot(null);
        var steps = _account.Close(_account.Positions.Keys.Single(), 200_000, 1.2m);
        // Read first: balance and positions. Then it happened. Read last: the history, which has it.
        var torn = early with
        {
            Deals = _account.Snapshot(DateTimeOffset.UnixEpoch).Deals,
        };

        var after = live.After(new BrokerReport.LinkUp(1, torn) { At = _account.Now }).After(steps);

        after.State.Book!.Positions.Should().BeEmpty();
        after.State.Book.Balance.Should().Be(_account.Balance);
        after.When(Observe(_account.Up(DateTimeOffset.UnixEpoch))).ThenUnchanged();
    }

    [Fact]
    public void Deals_recorded_ahead_of_the_news_of_their_positions_explain_them_after_a_crash()
    {
        var live = LiveOn(_account)
            .After(_account.Open(Side.Buy, 200_000, 1.1m))
            .After(_account.Open(Side.Buy, 300_000, 1.1m))
            .After(_account.Place(Side.Buy, 500_000, 1.0m))
            .After(_account.Down());
        var before = _account.Deals.Count;
        _account.Close(_account.Positions.Keys.First(), 200_000, 1.2m);
        _account.Close(_account.Positions.Keys.Last(), 100_000, 1.2m);
        _account.Open(Side.Sell, 100_000, 1.1m);
        _account.FillOrder(_account.Orders.Keys.Single(), 500_000);
        // The process died here: of all that only the deals and the money had been taken in.
        var ahead = _account.Deals.Skip(before).Aggregate(live, WithDealAlone);

        var up = ahead.When(Observe(_account.Up(DateTimeOffset.UnixEpoch)));

        up.Events.Select(happened => happened.Payload.GetType())
            .Should()
            .BeEquivalentTo([
                typeof(OrderAccepted),
                typeof(OrderAccepted),
                typeof(OrderAccepted),
                typeof(OrderFilled),
                typeof(OrderFilled),
                typeof(OrderFilled),
                typeof(OrderFilled),
                typeof(SessionConnected),
                typeof(PositionChanged),
                typeof(PositionOpened),
                typeof(PositionOpened),
                typeof(PositionClosed),
            ]);
        up.The<PositionClosed>().Cause.Should().Be("deal");
        up.Events.Select(happened => happened.Payload)
            .OfType<OrderFilled>()
            .Should()
            .OnlyContain(filled => filled.Complete && filled.DealId.Length > 0);
        up.Go().State.Book!.Positions.Should().BeEquivalentTo(_account.Positions);
    }

    private static Scenario<SessionState, SessionCommand>.Given WithDealAlone(
        Scenario<SessionState, SessionCommand>.Given given,
        DealExecuted deal
    )
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(deal.ExecutedAtMs);
        var state = SessionEvolve.Apply(given.State, deal, at);
        return given with
        {
            State = deal.Closed is { } closed
                ? SessionEvolve.Apply(
                    state,
                    new BalanceChanged
                    {
                        AccountId = deal.AccountId,
                        Balance = closed.Balance,
                        BalanceVersion = closed.BalanceVersion,
                        Cause = BalanceCause.Deal,
                        CauseId = deal.DealId,
                    },
                    at
                )
                : state,
        };
    }

    [Fact]
    public void A_position_that_vanished_after_its_last_known_deal_is_still_a_difference()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m));
        live = live.After(_account.Close(_account.Positions.Keys.Single(), 100_000, 1.2m)).After(_account.Down());
        var empty = _account.Snapshot(DateTimeOffset.UnixEpoch) with { Positions = [] };

        live.When(Observe(new BrokerReport.LinkUp(1, empty) { At = _account.Now }))
            .ThenTypes(typeof(DifferenceReconciled), typeof(PositionClosed), typeof(SessionConnected));
    }

    [Fact]
    public void Leverage_changed_while_away_is_recorded()
    {
        var live = LiveOn(_account).After(_account.Down());
        _account.Leverage = 5_000;

        live.When(Observe(_account.Up())).The<LeverageChanged>().LeverageInCents.Should().Be(5_000);
    }

    [Fact]
    public void History_is_asked_for_from_where_it_is_known_less_the_difference_of_clocks()
    {
        var started = Started();
        started.State.DesiredLink()!.RecoverSince.Should().BeNull("nothing is known yet, and nothing is missing");

        var live = started.After(_account.Up());
        live.State.DesiredLink()!.RecoverSince.Should().Be(_account.Now - TimeSpan.FromMinutes(15));
        var later = live.After(_account.Move(1m));
        later.State.DesiredLink()!.RecoverSince.Should().Be(_account.Now - TimeSpan.FromMinutes(15));
    }
}
