using FluentAssertions;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.TestKit.Sessions;
using Xunit;
using static Trading.TestKit.Sessions.SessionCases;

namespace Trading.Domain.Tests.Sessions;

/// <summary>What came and went while nobody listened.</summary>
public sealed class RecoveryTests
{
    private readonly SimulatedAccount _account = new();

    [Fact]
    public void A_position_that_came_and_went_while_away_is_told_step_by_step_as_it_would_have_been_live()
    {
        var live = LiveOn(_account).After(_account.Down());
        _account.Open(Side.Buy, 300_000, 1.1m);
        var position = _account.Positions.Keys.Single();
        _account.Close(position, 100_000, 1.2m);
        _account.Close(position, 200_000, 1.3m);

        var up = live.When(Observe(_account.Up(live.State.DesiredLink()!.RecoverSince)));

        up.ThenTypes(
            typeof(OrderAccepted),
            typeof(OrderFilled),
            typeof(DealExecuted),
            typeof(PositionOpened),
            typeof(OrderAccepted),
            typeof(OrderFilled),
            typeof(DealExecuted),
            typeof(BalanceChanged),
            typeof(PositionChanged),
            typeof(OrderAccepted),
            typeof(OrderFilled),
            typeof(DealExecuted),
            typeof(BalanceChanged),
            typeof(PositionClosed),
            typeof(SessionConnected)
        );
        up.The<PositionOpened>()
            .Position.Should()
            .BeEquivalentTo(
                new
                {
                    PositionId = position,
                    Symbol = "EURUSD",
                    Side = Side.Buy,
                    Volume = 300_000,
                }
            );
        up.The<PositionOpened>().Position.Price.ToDecimal().Should().Be(1.1m);
        up.The<PositionChanged>().Position.Volume.Should().Be(200_000);
        up.The<PositionClosed>().Cause.Should().Be("deal");
        up.The<PositionClosed>().ClosedAtMs.Should().Be(_account.Deals[^1].ExecutedAtMs);
        up.Events.Select(happened => happened.At).Should().BeInAscendingOrder();
        up.Events.Select(happened => happened.Payload)
            .OfType<OrderFilled>()
            .Select(filled => (filled.DealId, filled.Order.ExecutedVolume, filled.Complete))
            .Should()
            .Equal(_account.Deals.Select(deal => (deal.DealId, deal.FilledVolume, true)));
        up.Events.Where(happened => happened.Payload is not (BalanceChanged or SessionConnected))
            .Should()
            .OnlyContain(happened => IsRecovered(happened.Payload));
        up.Go().When(Observe(_account.Up(DateTimeOffset.UnixEpoch))).ThenUnchanged();
    }

    [Fact]
    public void Orders_that_came_and_went_unfilled_or_in_part_end_as_what_they_were()
    {
        var live = LiveOn(_account).After(_account.Down());
        string Placed(long volume)
        {
            _account.Place(Side.Buy, volume, 1.0m);
            return _account.Orders.Keys.Last();
        }

        var (cancelled, expired, rejected, part) = (Placed(100_000), Placed(200_000), Placed(300_000), Placed(400_000));
        var waiting = Placed(500_000);
        _account.End(cancelled, OrderStepKind.Cancelled);
        _account.End(expired, OrderStepKind.Expired);
        _account.End(rejected, OrderStepKind.Rejected);
        _account.FillOrder(part, 100_000);
        _account.FillOrder(part, 200_000);
        _account.End(part, OrderStepKind.Cancelled);

        var up = live.When(Observe(_account.Up(live.State.DesiredLink()!.RecoverSince)));

        var payloads = up.Events.Select(happened => happened.Payload).ToArray();
        payloads
            .OfType<OrderAccepted>()
            .Select(accepted => accepted.Order.OrderId)
            .Should()
            .Equal(cancelled, expired, rejected, part, waiting);
        payloads.OfType<OrderAccepted>().Should().OnlyContain(accepted => accepted.Order.ExecutedVolume == 0);
        payloads.OfType<OrderCancelled>().Select(o => o.Order.OrderId).Should().Equal(cancelled, part);
        up.The<OrderExpired>().Order.OrderId.Should().Be(expired);
        up.The<OrderRejected>().OrderId.Should().Be(rejected);
        payloads
            .OfType<OrderFilled>()
            .Select(filled => (filled.Order.OrderId, filled.Order.ExecutedVolume, filled.Complete))
            .Should()
            .Equal((part, 100_000, false), (part, 300_000, false));
        up.The<PositionOpened>().Position.Volume.Should().Be(100_000);
        up.The<PositionChanged>().Position.Should().Be(_account.Positions.Values.Single());
        up.Go().State.Book!.Orders.Keys.Should().Equal(waiting);
        up.Go().When(Observe(_account.Up(DateTimeOffset.UnixEpoch))).ThenUnchanged();
    }

    [Fact]
    public void Where_the_broker_cannot_tell_of_orders_one_event_says_so_and_the_positions_are_told_all_the_same()
    {
        var live = LiveOn(_account).After(_account.Down());
        _account.Open(Side.Buy, 300_000, 1.1m);
        _account.Close(_account.Positions.Keys.Single(), 300_000, 1.2m);
        var mute = _account.Snapshot(DateTimeOffset.UnixEpoch) with
        {
            PastOrders = [],
            Gaps = [new("orders", 1, 2, "UNSUPPORTED_MESSAGE", "Message 2175 is not supported")],
        };

        live.When(Observe(new BrokerReport.LinkUp(1, mute) { At = _account.Now }))
            .ThenTypes(
                typeof(HistoryIncomplete),
                typeof(DealExecuted),
                typeof(PositionOpened),
                typeof(DealExecuted),
                typeof(BalanceChanged),
                typeof(PositionClosed),
                typeof(SessionConnected)
            );
    }

    [Fact]
    public void Money_that_moved_between_two_readings_of_history_is_left_to_the_news_and_never_unexplained()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m)).After(_account.Down());
        var read = _account.Snapshot(DateTimeOffset.UnixEpoch);
        // Deals are read here. Then a deal moves money, and then a deposit, which the list of cash read last shows.
        var closed = _account.Close(_account.Positions.Keys.Single(), 200_000, 1.2m);
        var deposited = _account.Move(5m);
        var torn = read with { CashMovements = _account.Snapshot(DateTimeOffset.UnixEpoch).CashMovements };

        var after = live.When(Observe(new BrokerReport.LinkUp(1, torn) { At = _account.Now }))
            .ThenTypes(typeof(SessionConnected));

        after = after.After(closed);
        after.State.Book!.Balance.Should().Be(_account.Balance - 5m);
        var last = after.When(Observe(deposited.Single()));
        last.ThenTypes(typeof(FundsDeposited), typeof(BalanceChanged));
        last.The<BalanceChanged>().Cause.Should().Be(BalanceCause.Deposit);
        last.Go().State.Book!.Balance.Should().Be(_account.Balance);
    }

    [Fact]
    public void A_position_that_was_closed_between_the_readings_is_closed_by_its_deal_whichever_list_shows_it()
    {
        var live = LiveOn(_account).After(_account.Open(Side.Buy, 200_000, 1.1m)).After(_account.Down());
        var money = _account.Snapshot(null).Account;
        var closed = _account.Close(_account.Positions.Keys.Single(), 200_000, 1.2m);
        var torn = _account.Snapshot(DateTimeOffset.UnixEpoch) with { Account = money };

        var listed = torn with
        {
            Account = _account.State(),
            Positions = [.. live.State.Book!.Positions.Values.Select(Seen)],
        };

        foreach (var snapshot in (AccountSnapshot[])[torn, listed])
        {
            var after = live.When(Observe(new BrokerReport.LinkUp(1, snapshot) { At = _account.Now }))
                .ThenTypes(
                    typeof(OrderAccepted),
                    typeof(OrderFilled),
                    typeof(DealExecuted),
                    typeof(BalanceChanged),
                    typeof(PositionClosed),
                    typeof(SessionConnected)
                );
            after.State.Book!.Balance.Should().Be(_account.Balance);
            closed.ForEach(report => after.When(Observe(report)).ThenUnchanged());
        }
    }

    private static Observed<PositionDetails> Seen(PositionDetails position) =>
        new(position, SimulatedAccount.Source("ProtoOAPosition"));

    [Fact]
    public void What_is_both_in_the_history_and_told_live_is_recorded_once()
    {
        var live = LiveOn(_account).After(_account.Down());
        var read = _account.Snapshot(null);
        var opened = _account.Open(Side.Buy, 200_000, 1.1m);
        var later = _account.Snapshot(DateTimeOffset.UnixEpoch);
        var torn = read with { Deals = later.Deals, PastOrders = later.PastOrders };

        var after = live.When(Observe(new BrokerReport.LinkUp(1, torn) { At = _account.Now }))
            .ThenTypes(
                typeof(OrderAccepted),
                typeof(OrderFilled),
                typeof(DealExecuted),
                typeof(PositionOpened),
                typeof(SessionConnected)
            );

        after = after.When(Observe(opened[0])).ThenUnchanged();
        after.When(Observe(opened[1])).ThenTypes(typeof(PositionChanged));
    }

    private static bool IsRecovered(IMessage payload) =>
        payload.Descriptor.FindFieldByName("recovered").Accessor.GetValue(payload) is true;
}
