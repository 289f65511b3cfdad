using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Engine;

public sealed class Money_moves_without_a_trade
{
    [Fact]
    public void Cash_in_and_out_counts_versions_and_leaves_a_trace()
    {
        var floor = new TradingFloor();

        floor.Broker.Treasury.Move(floor.Account, 5_000, "gift").Should().BeNull();
        floor.Broker.Treasury.Move(floor.Account, -2_000, null).Should().BeNull();
        floor.Broker.Treasury.Move(floor.Account, -9_000_000, null)!.Code.Should().Be("NOT_ENOUGH_MONEY");

        floor.Account.Should().BeEquivalentTo(new { Balance = 1_003_000L, BalanceVersion = 2L });
        floor.Steps().Should().OnlyContain(s => s.Type == ExecutionType.DepositWithdraw && s.CashFlow != null);
        floor.Account.CashFlows.Select(c => c.Delta).Should().Equal(5_000, -2_000);
    }

    [Fact]
    public void Swap_gathers_on_the_position_and_is_realised_by_share()
    {
        var floor = new TradingFloor();
        var position = floor.Buy(10_000_000);
        floor.Broker.Treasury.ChargeSwap(floor.Account, times: 3);
        floor.Account.OpenPositions.Single().Swap.Should().Be(-3_318);
        floor.Account.Balance.Should().Be(1_000_000);

        floor.Broker.Orders.Close(floor.Account, position.Id, 5_000_000, null).Should().BeNull();

        floor.Account.Deals[^1].Close!.Swap.Should().Be(-1_659);
        floor.Account.OpenPositions.Single().Swap.Should().Be(-1_659);
    }

    [Fact]
    public void A_new_leverage_changes_the_margin_of_open_positions()
    {
        var floor = new TradingFloor();
        floor.Buy(1_000_000).UsedMargin.Should().Be(11_000);
        floor.Told();

        floor.Broker.Treasury.SetLeverage(floor.Account, 20_000);

        floor.Told().Select(e => e.GetType()).Should().Equal(typeof(MarginChanged), typeof(TraderUpdated));
        floor.Account.OpenPositions.Single().UsedMargin.Should().Be(5_500);
    }

    [Fact]
    public void Hedged_sides_of_a_symbol_use_the_margin_of_the_larger()
    {
        var floor = new TradingFloor();
        floor.Buy(2_000_000);
        floor.Place(floor.Order(OrderType.Market, TradeSide.Sell, 1_000_000)).Should().BeNull();

        RiskDesk.UsedMargin(floor.Account).Should().Be(22_000);
    }

    [Fact]
    public void A_result_in_another_currency_is_converted_and_pays_the_fee()
    {
        var floor = new TradingFloor(currency: "EUR");
        var position = floor.Buy(10_000_000);
        floor.Quote("EURUSD", 1.11010m, 1.11020m);

        floor.Broker.Orders.Close(floor.Account, position.Id, 10_000_000, null).Should().BeNull();

        // 1,000 dollars at 1.1101; commission 2.50 dollars a side at the rate of its moment; fee of 0.7 percent.
        var close = floor.Account.Deals[^1].Close!;
        close.GrossProfit.Should().Be(90_082);
        close.Commission.Should().Be(-227 - 225);
        close.ConversionFee.Should().Be(-631);
        floor.Account.Balance.Should().Be(1_000_000 + 90_082 - 452 - 631);
    }

    [Fact]
    public void Below_the_stop_out_level_positions_are_closed_by_the_server()
    {
        var floor = new TradingFloor(balance: 1_200m);
        floor.Buy(10_000_000);
        floor.Told();

        floor.Quote("EURUSD", 1.09500m, 1.09510m);
        floor.Told().Should().NotContain(e => e is Execution);
        floor.Quote("EURUSD", 1.09300m, 1.09310m);

        var steps = floor.Steps();
        steps.Select(s => s.Type).Should().Equal(ExecutionType.OrderAccepted, ExecutionType.OrderFilled);
        steps.Should().OnlyContain(s => s.Order!.IsStopOut && s.IsServerEvent);
        floor.Account.OpenPositions.Should().BeEmpty();
    }

    [Fact]
    public void A_margin_call_is_sent_once_in_ten_minutes()
    {
        var floor = new TradingFloor(balance: 1_200m);
        floor.Buy(10_000_000);
        floor.Told();

        // Loss 210 of 1200: 990 of 1100 is 90 percent.
        floor.Quote("EURUSD", 1.09800m, 1.09810m);
        floor.Quote("EURUSD", 1.09799m, 1.09809m);
        floor.Told().Should().ContainSingle().Which.Should().BeOfType<MarginCallTriggered>().Which.Type.Should().Be(61);
        floor.Clock.Advance(TimeSpan.FromMinutes(10));
        floor.Quote("EURUSD", 1.09800m, 1.09810m);

        floor.Told().Should().ContainSingle().Which.Should().BeOfType<MarginCallTriggered>();
    }

    [Fact]
    public void The_balance_is_the_sum_of_everything_that_ever_moved_it()
    {
        var random = TestKit.Seeded.Random(17);
        var floor = new TradingFloor(currency: "EUR", balance: 100_000m);
        for (var i = 0; i < 400; i++)
        {
            var move = random.Next(-30, 31) / 100_000m;
            var bid = Price.ToDecimal(floor.Symbol("EURUSD").Bid) + move;
            floor.Quote("EURUSD", bid, bid + 0.0001m);
            switch (random.Next(4))
            {
                case 0:
                    floor.Place(
                        floor.Order(OrderType.Market, (TradeSide)random.Next(1, 3), 100_000 * random.Next(1, 20))
                    );
                    break;
                case 1 when floor.Account.OpenPositions.FirstOrDefault() is { } position:
                    floor.Broker.Orders.Close(floor.Account, position.Id, position.Volume, null);
                    break;
                case 2:
                    floor.Broker.Treasury.Move(floor.Account, random.Next(-10_000, 10_000), null);
                    break;
                default:
                    floor.Broker.Treasury.ChargeSwap(floor.Account);
                    break;
            }
        }

        var closes = floor.Account.Deals.Where(d => d.Close is not null).Select(d => d.Close!).ToArray();
        var moved =
            closes.Sum(c => c.GrossProfit + c.Swap + c.Commission + c.ConversionFee)
            + floor.Account.CashFlows.Sum(c => c.Delta);
        floor.Account.Balance.Should().Be(10_000_000 + moved);
        floor.Account.BalanceVersion.Should().Be(closes.Length + floor.Account.CashFlows.Count);
    }
}
