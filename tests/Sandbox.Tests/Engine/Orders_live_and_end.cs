using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Engine;

public sealed class Orders_live_and_end
{
    private const long Lot = 10_000_000;
    private const long Mini = 1_000_000;

    [Fact]
    public void A_market_order_is_accepted_filled_and_then_protected_by_an_order_of_its_own()
    {
        var floor = new TradingFloor();

        floor.Buy(Mini, stop: 300, profit: 600);

        var steps = floor.Steps();
        steps
            .Select(s => (s.Type, s.Order!.Type, s.IsServerEvent, s.RequestId))
            .Should()
            .Equal(
                (ExecutionType.OrderAccepted, OrderType.Market, false, "m1"),
                (ExecutionType.OrderFilled, OrderType.Market, false, "m1"),
                (ExecutionType.OrderAccepted, OrderType.StopLossTakeProfit, true, null)
            );
        steps[0].Position.Should().BeEquivalentTo(new { Volume = 0L, Status = PositionStatus.PositionStatusCreated });
        steps[1]
            .Position.Should()
            .BeEquivalentTo(
                new
                {
                    Volume = Mini,
                    EntryPrice = 1.1001m,
                    Commission = -25L,
                }
            );
        steps[1].Position!.StopLoss.Should().BeNull();
        steps[1].Deal!.Close.Should().BeNull();
        steps[2].Position.Should().BeEquivalentTo(new { StopLoss = 109_710L, TakeProfit = 110_610L });
        steps[2]
            .Order.Should()
            .BeEquivalentTo(
                new
                {
                    Side = TradeSide.Sell,
                    Closing = true,
                    StopPrice = 109_710L,
                }
            );
        floor.Account.Balance.Should().Be(1_000_000, "opening moves no money");
    }

    [Fact]
    public void A_partial_close_realises_its_share_and_shrinks_the_protection()
    {
        var floor = new TradingFloor();
        var position = floor.Buy(Mini, stop: 3_000);
        floor.Quote("EURUSD", 1.10210m, 1.10220m);
        floor.Steps();

        floor.Broker.Orders.Close(floor.Account, position.Id, 400_000, "c1").Should().BeNull();

        var steps = floor.Steps();
        steps
            .Select(s => (s.Type, s.IsServerEvent))
            .Should()
            .Equal(
                (ExecutionType.OrderAccepted, false),
                (ExecutionType.OrderFilled, false),
                (ExecutionType.OrderReplaced, true)
            );
        // 0.002 on 4,000 units; 10 of the 25 cents paid at the opening, 10 for the closing.
        steps[1]
            .Deal!.Close.Should()
            .BeEquivalentTo(
                new
                {
                    GrossProfit = 800L,
                    Commission = -20L,
                    BalanceVersion = 1L,
                }
            );
        steps[1]
            .Position.Should()
            .BeEquivalentTo(
                new
                {
                    Volume = 600_000L,
                    EntryPrice = 1.1001m,
                    Commission = -15L,
                }
            );
        steps[2].Order!.Volume.Should().Be(600_000);
        floor.Account.Balance.Should().Be(1_000_000 + 800 - 20);
    }

    [Fact]
    public void A_full_close_takes_the_protection_with_it()
    {
        var floor = new TradingFloor();
        var position = floor.Buy(Mini, profit: 5_000);
        floor.Steps();

        floor.Broker.Orders.Close(floor.Account, position.Id, Mini, "c1").Should().BeNull();

        var steps = floor.Steps();
        steps
            .Select(s => s.Type)
            .Should()
            .Equal(ExecutionType.OrderAccepted, ExecutionType.OrderFilled, ExecutionType.OrderCancelled);
        steps[1]
            .Position.Should()
            .BeEquivalentTo(
                new
                {
                    Volume = 0L,
                    EntryPrice = 0m,
                    UsedMargin = 0L,
                    Status = PositionStatus.PositionStatusClosed,
                }
            );
        floor.Account.Positions.Should().BeEmpty();
        floor.Account.Working.Should().BeEmpty();
        floor.Symbol("EURUSD").Watchers.Should().BeEmpty();
    }

    [Fact]
    public void A_buy_limit_waits_until_the_ask_comes_down_to_it()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.Limit, TradeSide.Buy, Mini) with
        {
            LimitPrice = 1.09900m,
            StopLoss = 1.09000m,
        };
        floor.Place(order).Should().BeNull();
        floor.Steps().Should().ContainSingle().Which.Position!.Volume.Should().Be(0);

        floor.Quote("EURUSD", 1.09895m, 1.09905m);
        floor.Steps().Should().BeEmpty("the bid alone does not fill a buy limit");
        floor.Quote("EURUSD", 1.09885m, 1.09895m);

        var steps = floor.Steps();
        steps
            .Select(s => (s.Type, s.IsServerEvent, s.RequestId))
            .Should()
            .Equal((ExecutionType.OrderFilled, true, null), (ExecutionType.OrderAccepted, true, null));
        steps[0].Deal!.Price.Should().Be(1.09895m, "a limit is filled at the market, which may be better");
        steps[1].Position!.StopLoss.Should().Be(109_000);
    }

    [Fact]
    public void A_sell_stop_is_filled_when_the_bid_falls_to_it()
    {
        var floor = new TradingFloor();
        floor.Place(floor.Order(OrderType.Stop, TradeSide.Sell, Mini) with { StopPrice = 1.09900m }).Should().BeNull();
        floor.Steps();

        floor.Quote("EURUSD", 1.09890m, 1.09900m);

        floor
            .Steps()
            .Should()
            .ContainSingle(s => s.Type == ExecutionType.OrderFilled)
            .Which.Deal!.Price.Should()
            .Be(1.0989m);
    }

    [Fact]
    public void A_stop_limit_that_gapped_past_its_limit_waits_as_a_limit()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.StopLimit, TradeSide.Buy, Mini) with
        {
            StopPrice = 1.10100m,
            SlippageInPoints = 10,
        };
        floor.Place(order).Should().BeNull();
        floor.Steps();

        floor.Quote("EURUSD", 1.10200m, 1.10210m);
        floor.Steps().Should().BeEmpty();
        floor.Quote("EURUSD", 1.10095m, 1.10105m);

        floor.Steps().Should().ContainSingle(s => s.Type == ExecutionType.OrderFilled);
    }

    [Fact]
    public void A_double_trigger_asks_for_two_quotes_in_a_row()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.Stop, TradeSide.Buy, Mini) with
        {
            StopPrice = 1.10100m,
            Trigger = TriggerMethod.DoubleTrade,
        };
        floor.Place(order).Should().BeNull();
        floor.Steps();

        floor.Quote("EURUSD", 1.10095m, 1.10105m);
        floor.Quote("EURUSD", 1.10080m, 1.10090m);
        floor.Quote("EURUSD", 1.10095m, 1.10105m);
        floor.Steps().Should().BeEmpty();
        floor.Quote("EURUSD", 1.10096m, 1.10106m);

        floor.Steps().Should().ContainSingle(s => s.Type == ExecutionType.OrderFilled);
    }

    [Fact]
    public void A_thin_book_fills_a_limit_quote_by_quote()
    {
        var floor = new TradingFloor(new BrokerRules { BookSize = 400_000 });
        floor.Place(floor.Order(OrderType.Limit, TradeSide.Buy, Mini) with { LimitPrice = 1.10100m }).Should().BeNull();
        floor.Quote("EURUSD", 1.10001m, 1.10011m);
        floor.Quote("EURUSD", 1.10002m, 1.10012m);

        var fills = floor.Steps().Where(s => s.Deal is not null).ToArray();
        fills
            .Select(f => (f.Type, f.Deal!.FilledVolume, f.Order!.ExecutedVolume, f.Position!.Volume))
            .Should()
            .Equal(
                (ExecutionType.OrderPartialFill, 400_000L, 400_000L, 400_000L),
                (ExecutionType.OrderPartialFill, 400_000L, 800_000L, 800_000L),
                (ExecutionType.OrderFilled, 200_000L, Mini, Mini)
            );
        fills[2].Position!.EntryPrice.Should().Be(1.100108m);
    }

    [Fact]
    public void A_thin_book_makes_a_market_order_pay_worse_level_by_level()
    {
        var floor = new TradingFloor(new BrokerRules { BookSize = 500_000 });

        floor.Buy(Mini).EntryPrice.Should().Be(1.100105m);

        floor
            .Steps()
            .Select(s => s.Type)
            .Should()
            .Equal(ExecutionType.OrderAccepted, ExecutionType.OrderPartialFill, ExecutionType.OrderFilled);
    }

    [Fact]
    public void A_market_range_order_takes_no_price_beyond_its_range()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.MarketRange, TradeSide.Buy, Mini) with
        {
            BaseSlippagePrice = 1.10000m,
            SlippageInPoints = 5,
        };

        floor.Place(order).Should().BeNull();

        floor
            .Steps()
            .Select(s => (s.Type, s.ErrorCode))
            .Should()
            .Equal((ExecutionType.OrderAccepted, null), (ExecutionType.OrderRejected, "NO_QUOTES"));
        floor.Account.Positions.Should().BeEmpty();
    }

    [Fact]
    public void Without_the_margin_an_order_is_accepted_and_then_rejected()
    {
        var floor = new TradingFloor(balance: 100m);

        floor.Place(floor.Order(OrderType.Market, TradeSide.Buy, Lot)).Should().BeNull();

        floor
            .Steps()
            .Select(s => (s.Type, s.ErrorCode))
            .Should()
            .Equal((ExecutionType.OrderAccepted, null), (ExecutionType.OrderRejected, "NOT_ENOUGH_MONEY"));
        floor.Account.Orders.Values.Should().ContainSingle(o => o.Status == OrderStatus.OrderStatusRejected);
    }

    [Fact]
    public void An_amended_order_keeps_its_id_and_a_cancelled_one_closes_its_shell()
    {
        var floor = new TradingFloor();
        floor.Place(floor.Order(OrderType.Limit, TradeSide.Buy, Mini) with { LimitPrice = 1.09m }).Should().BeNull();
        var id = floor.Account.Working.Keys.Single();

        floor.Broker.Orders.Amend(floor.Account, new OrderChange(id) { LimitPrice = 1.08m }, "a").Should().BeNull();
        floor.Broker.Orders.Cancel(floor.Account, id, "c").Should().BeNull();

        var steps = floor.Steps();
        steps
            .Select(s => (s.Type, s.RequestId))
            .Should()
            .Equal(
                (ExecutionType.OrderAccepted, "m1"),
                (ExecutionType.OrderReplaced, "a"),
                (ExecutionType.OrderCancelled, "c")
            );
        steps.Should().OnlyContain(s => s.Order!.Id == id && s.Position!.Id == steps[0].Position!.Id);
        steps[2].Position!.Status.Should().Be(PositionStatus.PositionStatusClosed);
        floor.Broker.Orders.Cancel(floor.Account, id, "c")!.Code.Should().Be("ORDER_NOT_FOUND");
    }

    [Fact]
    public void An_order_good_till_a_date_expires_then()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.Limit, TradeSide.Buy, Mini) with
        {
            LimitPrice = 1.09m,
            TimeInForce = TimeInForce.GoodTillDate,
            ExpiresAt = floor.Broker.Now + 1_000,
        };
        floor.Place(order).Should().BeNull();
        floor.Steps();

        floor.Broker.Watch.ExpireDue();
        floor.Steps().Should().BeEmpty();
        floor.Clock.Advance(TimeSpan.FromSeconds(1));
        floor.Broker.Watch.ExpireDue();

        floor.Steps().Should().ContainSingle(s => s.Type == ExecutionType.OrderExpired && s.IsServerEvent);
        floor.Account.Working.Should().BeEmpty();
    }

    [Fact]
    public void A_netted_account_adds_reduces_and_turns_around_in_one_position()
    {
        var floor = new TradingFloor(netted: true);
        var first = floor.Buy(Mini).Id;
        floor.Buy(Mini).Id.Should().Be(first);
        floor.Account.OpenPositions.Should().ContainSingle().Which.Volume.Should().Be(2 * Mini);

        floor.Place(floor.Order(OrderType.Market, TradeSide.Sell, Mini)).Should().BeNull();
        floor.Account.OpenPositions.Should().ContainSingle().Which.Volume.Should().Be(Mini);
        floor.Place(floor.Order(OrderType.Market, TradeSide.Sell, 3 * Mini)).Should().BeNull();

        floor
            .Account.OpenPositions.Should()
            .ContainSingle()
            .Which.Should()
            .BeEquivalentTo(new { Volume = 2 * Mini, Side = TradeSide.Sell });
        floor.Account.Positions.Should().HaveCount(1, "no empty shell stays behind");
    }
}
