using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Engine;

public sealed class Netted_accounts_turn_round
{
    [Fact]
    public void An_order_that_turns_a_position_in_thin_slices_leaves_one_position_and_no_shell()
    {
        var floor = new TradingFloor(new BrokerRules { BookSize = 100_000 }, netted: true);
        floor.Buy(200_000);
        var order = floor.Order(OrderType.Limit, TradeSide.Sell, 500_000) with { LimitPrice = 1.09m };

        floor.Place(order).Should().BeNull();
        for (var slice = 0; slice < 4; slice++)
        {
            floor.Quote("EURUSD", 1.10000m, 1.10010m);
        }

        floor.Account.Working.Should().BeEmpty();
        var position = floor.Account.Positions.Values.Should().ContainSingle().Subject;
        (position.Side, position.Volume).Should().Be((TradeSide.Sell, 300_000));
    }

    [Fact]
    public void Who_has_no_free_margin_may_still_make_a_position_smaller()
    {
        var floor = new TradingFloor(new BrokerRules { StopOutLevel = 10m }, netted: true, balance: 150m);
        floor.Buy(1_000_000);
        floor.Quote("EURUSD", 1.09400m, 1.09410m);
        floor.Broker.Risk.MarginLevel(floor.Account).Should().BeInRange(20m, 99m);

        floor.Place(floor.Order(OrderType.Market, TradeSide.Sell, 400_000)).Should().BeNull();
        floor.Account.OpenPositions.Single().Volume.Should().Be(600_000);

        floor.Place(floor.Order(OrderType.Market, TradeSide.Sell, 5_000_000)).Should().BeNull();
        floor.Steps()[^1].ErrorCode.Should().Be("NOT_ENOUGH_MONEY");
    }
}
