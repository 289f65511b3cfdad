using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.TestKit;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

/// <summary>The flows of the cTrader Open API reference, sections 5.3 to 5.7, row by row.</summary>
public sealed class OrderFlowTests
{
    private readonly SimulatedAccount _account = new();

    private Scenario<SessionState, SessionCommand>.Given Live => LiveOn(_account);

    [Fact]
    public void A_market_order_is_accepted_with_an_empty_shell_that_is_no_position()
    {
        var live = Live;
        var accepted = live.When(Observe(_account.Open(Side.Buy, 100_000, 1.1m)[0]));

        accepted.ThenTypes(typeof(OrderAccepted)).State.Book!.Positions.Should().BeEmpty();
    }

    [Fact]
    public void A_filled_market_order_opens_a_position_and_leaves_the_balance_alone()
    {
        var live = Live;
        var steps = _account.Open(Side.Buy, 100_000, 1.1m);

        var filled = live.After(steps[0]).When(Observe(steps[1]));

        var book = filled.ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(PositionOpened)).State.Book!;
        filled.The<OrderFilled>().Complete.Should().BeTrue();
        filled.The<OrderFilled>().DealId.Should().Be(filled.The<DealExecuted>().DealId);
        filled.The<DealExecuted>().Recovered.Should().BeFalse();
        book.Orders.Should().BeEmpty("an ended order leaves the state");
        book.Balance.Should().Be(10_000m);
        filled.Events.Should().OnlyContain(happened => HasSource(happened.Payload));
    }

    [Fact]
    public void The_protective_order_that_follows_brings_the_levels_to_the_position()
    {
        var live = Live.After(_account.Open(Side.Buy, 100_000, 1.1m));
        var position = _account.Positions.Keys.Single();

        var protectedBy = live.When(Observe(_account.Protect(position, 1.05m, 1.2m)[0]));

        var state = protectedBy.ThenTypes(typeof(OrderAccepted), typeof(PositionChanged)).State;
        protectedBy.The<PositionChanged>().Cause.Should().Be("protection");
        state.Book!.Positions[position].StopLoss.ToDecimal().Should().Be(1.05m);
        state.Book.Orders.Should().ContainSingle().Which.Value.Closing.Should().BeTrue();
    }

    [Fact]
    public void Amended_protection_replaces_the_order_and_a_level_left_out_is_gone()
    {
        var live = Live.After(_account.Open(Side.Buy, 100_000, 1.1m));
        var position = _account.Positions.Keys.Single();

        live.After(_account.Protect(position, 1.05m, 1.2m))
            .When(Observe(_account.Protect(position, 1.06m, null)[0]))
            .ThenTypes(typeof(OrderAmended), typeof(PositionChanged))
            .State.Book!.Positions[position]
            .TakeProfit.Should()
            .BeNull();
    }

    [Fact]
    public void A_limit_order_works_moves_and_is_cancelled_without_ever_being_a_position()
    {
        var live = Live;
        var placed = live.When(Observe(_account.Place(Side.Buy, 300_000, 1.0m)[0])).ThenTypes(typeof(OrderAccepted));
        var order = _account.Orders.Keys.Single();

        placed
            .When(Observe(_account.Amend(order, 1.01m)[0]))
            .ThenTypes(typeof(OrderAmended))
            .When(Observe(_account.End(order, OrderStepKind.Cancelled)[0]))
            .ThenTypes(typeof(OrderCancelled))
            .State.Book!.Orders.Should()
            .BeEmpty();
    }

    [Fact]
    public void A_limit_order_fills_in_parts_and_each_part_grows_the_position()
    {
        var live = Live.After(_account.Place(Side.Sell, 300_000, 1.2m));
        var order = _account.Orders.Keys.Single();

        var first = live.When(Observe(_account.FillOrder(order, 100_000)[0]));
        var second = first
            .ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(PositionOpened))
            .When(Observe(_account.FillOrder(order, 200_000)[0]));

        first.The<OrderFilled>().Complete.Should().BeFalse();
        second.The<OrderFilled>().Complete.Should().BeTrue();
        second
            .ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(PositionChanged))
            .State.Book!.Positions.Values.Single()
            .Volume.Should()
            .Be(300_000);
    }

    [Fact]
    public void A_part_filled_order_can_lose_its_rest()
    {
        var live = Live.After(_account.Place(Side.Sell, 300_000, 1.2m));
        var order = _account.Orders.Keys.Single();

        live.After(_account.FillOrder(order, 100_000))
            .When(Observe(_account.End(order, OrderStepKind.Cancelled)[0]))
            .ThenTypes(typeof(OrderCancelled));
    }

    [Fact]
    public void An_order_whose_time_is_over_expires()
    {
        var live = Live.After(_account.Place(Side.Buy, 300_000, 1.0m, TimeSpan.FromMinutes(1)));

        live.When(Observe(_account.End(_account.Orders.Keys.Single(), OrderStepKind.Expired)[0]))
            .ThenTypes(typeof(OrderExpired));
    }

    [Fact]
    public void A_partial_close_moves_the_balance_by_the_result_and_shrinks_the_position()
    {
        var live = Live.After(_account.Open(Side.Buy, 300_000, 1.1m));
        var position = _account.Positions.Keys.Single();
        var steps = _account.Close(position, 100_000, 1.2m);

        var closed = live.After(steps[0]).When(Observe(steps[1]));

        closed.ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(BalanceChanged), typeof(PositionChanged));
        var balance = closed.The<BalanceChanged>();
        balance.Cause.Should().Be(BalanceCause.Deal);
        balance.CauseId.Should().Be(closed.The<DealExecuted>().DealId);
        balance.Balance.ToDecimal().Should().Be(_account.Balance);
        balance.Delta.ToDecimal().Should().Be(_account.Balance - 10_000m);
        closed.The<PositionChanged>().Cause.Should().Be("volume");
    }

    [Fact]
    public void A_full_close_closes_the_position_and_then_its_protective_order_is_cancelled()
    {
        var live = Live.After(_account.Open(Side.Buy, 300_000, 1.1m));
        var position = _account.Positions.Keys.Single();
        live = live.After(_account.Protect(position, 1.0m, null));
        var steps = _account.Close(position, 300_000, 1.05m);
        var protective = _account.End(_account.Orders.Keys.Single(), OrderStepKind.Cancelled);

        var closed = live.After(steps[0]).When(Observe(steps[1]));

        closed.The<PositionClosed>().Cause.Should().Be("deal");
        var after = closed
            .ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(BalanceChanged), typeof(PositionClosed))
            .When(Observe(protective[0]))
            .ThenTypes(typeof(OrderCancelled));
        after.State.Book!.Positions.Should().BeEmpty();
        after.State.Book.Orders.Should().BeEmpty();
    }

    [Fact]
    public void A_protective_order_that_is_hit_closes_the_position()
    {
        var live = Live.After(_account.Open(Side.Buy, 300_000, 1.1m));
        var position = _account.Positions.Keys.Single();
        live = live.After(_account.Protect(position, 1.0m, null));
        var protective = _account.Orders.Values.Single().Clone();
        var close = (BrokerReport.OrderStep)_account.Close(position, 300_000, 1.0m)[1];
        protective.ExecutedVolume = protective.Volume;
        protective.UpdatedAtMs = _account.NowMs;
        close.Deal!.OrderId = protective.OrderId;

        live.When(Observe(close with { Order = protective }))
            .ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(BalanceChanged), typeof(PositionClosed))
            .State.Book!.Orders.Should()
            .BeEmpty();
    }

    [Fact]
    public void A_refusal_before_there_was_an_order_is_recorded_once()
    {
        var refused = new BrokerReport.OrderRefused(
            "",
            "TRADING_BAD_STOPS",
            "New TP for BUY position should be >= current BID price.",
            SimulatedAccount.Source("ProtoOAOrderErrorEvent")
        )
        {
            At = _account.Now,
        };

        var answer = Live.When(Observe(refused));

        answer.The<OrderRejected>().Should().BeEquivalentTo(new { Code = "TRADING_BAD_STOPS", Request = "order" });
        answer.Go().When(Observe(refused)).ThenUnchanged();
        answer.Go().When(Observe(refused with { At = refused.At.AddSeconds(1) })).ThenTypes(typeof(OrderRejected));
    }

    [Fact]
    public void A_refused_change_leaves_the_working_order_working()
    {
        var live = Live.After(_account.Place(Side.Buy, 300_000, 1.0m));
        var order = _account.Orders.Keys.Single();
        var refused = new BrokerReport.OrderRefused(order, "TRADING_BAD_STOPS", "no", SimulatedAccount.Source("x"))
        {
            At = _account.Now,
        };

        live.After(refused).State.Book!.Orders.Should().ContainKey(order);
    }

    [Fact]
    public void An_order_refused_after_it_was_taken_is_rejected_with_its_deal_and_moves_nothing()
    {
        var live = Live;
        var steps = _account.Open(Side.Buy, 100_000, 1.1m);
        var filled = (BrokerReport.OrderStep)steps[1];
        var deal = filled.Deal!.Clone();
        deal.Status = "rejected";
        deal.FilledVolume = 0;

        var rejected = live.After(steps[0])
            .When(
                Observe(
                    filled with
                    {
                        Kind = OrderStepKind.Rejected,
                        ErrorCode = "NOT_ENOUGH_MONEY",
                        Position = null,
                        Deal = deal,
                    }
                )
            );

        var book = rejected.ThenTypes(typeof(OrderRejected), typeof(DealExecuted)).State.Book!;
        book.Orders.Should().BeEmpty();
        book.Positions.Should().BeEmpty();
        book.StatusOf(deal.OrderId).Should().Be(OrderStatus.Rejected);
    }

    [Fact]
    public void A_refused_cancel_is_recorded_and_the_order_works_on()
    {
        var live = Live.After(_account.Place(Side.Buy, 300_000, 1.0m));
        var order = _account.Orders.Values.Single();
        var refused = new BrokerReport.OrderStep(
            OrderStepKind.CancelRejected,
            order.Clone(),
            null,
            null,
            "UNABLE_TO_CANCEL_ORDER",
            SimulatedAccount.Source("ProtoOAExecutionEvent")
        )
        {
            At = _account.Now,
        };

        var answer = live.When(Observe(refused));

        answer.The<OrderRejected>().Request.Should().Be("cancel");
        answer.Go().State.Book!.Orders.Should().ContainKey(order.OrderId);
        answer.Go().When(Observe(refused)).ThenUnchanged();
    }

    [Fact]
    public void A_fill_that_raced_the_cancel_counts()
    {
        var live = Live.After(_account.Place(Side.Buy, 300_000, 1.0m));
        var order = _account.Orders.Values.Single().Clone();
        var fill = _account.FillOrder(order.OrderId, 300_000)[0];
        var cancel = new BrokerReport.OrderStep(
            OrderStepKind.Cancelled,
            order,
            null,
            null,
            "",
            SimulatedAccount.Source("ProtoOAExecutionEvent")
        )
        {
            At = _account.Now,
        };

        live.After(cancel)
            .When(Observe(fill))
            .ThenTypes(typeof(OrderFilled), typeof(DealExecuted), typeof(PositionOpened))
            .State.Book!.StatusOf(order.OrderId)
            .Should()
            .Be(OrderStatus.Filled);
    }

    [Fact]
    public void Every_step_told_twice_is_recorded_once()
    {
        var given = Live;
        var told = _account
            .Open(Side.Buy, 300_000, 1.1m)
            .Concat(_account.Protect(_account.Positions.Keys.Single(), 1.0m, null))
            .Concat(_account.Close(_account.Positions.Keys.Single(), 300_000, 1.05m))
            .ToArray();

        foreach (var report in told)
        {
            given = given.After(report).When(Observe(report)).ThenUnchanged();
        }

        foreach (var report in told)
        {
            given.When(Observe(report)).ThenUnchanged();
        }
    }

    [Fact]
    public void News_of_a_position_older_than_what_is_known_is_passed_over()
    {
        var live = Live.After(_account.Open(Side.Buy, 300_000, 1.1m));
        var position = _account.Positions.Keys.Single();
        var first = _account.Protect(position, 1.0m, null)[0];
        var second = _account.Protect(position, 1.01m, null)[0];

        live.After(second)
            .When(Observe(first))
            .Go()
            .State.Book!.Positions[position]
            .StopLoss.ToDecimal()
            .Should()
            .Be(1.01m);
    }

    [Fact]
    public void A_late_word_of_an_open_position_does_not_open_it_again()
    {
        var live = Live;
        var open = _account.Open(Side.Buy, 300_000, 1.1m);
        var close = _account.Close(_account.Positions.Keys.Single(), 300_000, 1.05m);

        live.After(open.Concat(close)).When(Observe(open[1])).ThenUnchanged();
    }

    [Fact]
    public void A_deal_of_another_account_is_passed_over()
    {
        var other = new SimulatedAccount("2002");

        Live.When(Observe(other.Open(Side.Buy, 100_000, 1.1m)[1])).ThenUnchanged();
    }

    private static bool HasSource(Google.Protobuf.IMessage payload) =>
        payload.Descriptor.FindFieldByName("source").Accessor.GetValue(payload) is not null;
}
