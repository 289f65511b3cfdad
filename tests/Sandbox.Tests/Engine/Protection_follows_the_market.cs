using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Engine;

public sealed class Protection_follows_the_market
{
    private const long Mini = 1_000_000;

    [Fact]
    public void A_stop_loss_closes_at_the_bid_that_passed_it()
    {
        var floor = new TradingFloor();
        floor.Buy(Mini, stop: 300);
        floor.Steps();

        floor.Quote("EURUSD", 1.09700m, 1.09710m);

        var hit = floor.Steps().Should().ContainSingle().Subject;
        hit.Should().BeEquivalentTo(new { Type = ExecutionType.OrderFilled, IsServerEvent = true });
        hit.Order!.Type.Should().Be(OrderType.StopLossTakeProfit);
        hit.Deal!.Price.Should().Be(1.097m);
        hit.Position.Should().BeEquivalentTo(new { Volume = 0L, Status = PositionStatus.PositionStatusClosed });
        floor.Account.Balance.Should().Be(1_000_000 - 3_100 - 50);
    }

    [Fact]
    public void A_take_profit_of_a_sold_position_watches_the_ask()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.Market, TradeSide.Sell, Mini) with { RelativeTakeProfit = 500 };
        floor.Place(order).Should().BeNull();
        floor.Steps();

        floor.Quote("EURUSD", 1.09495m, 1.09505m);
        floor.Steps().Should().BeEmpty();
        floor.Quote("EURUSD", 1.09490m, 1.09500m);

        floor.Steps().Should().ContainSingle().Which.Deal!.Price.Should().Be(1.095m);
    }

    [Fact]
    public void What_is_left_out_of_an_amendment_is_removed()
    {
        var floor = new TradingFloor();
        var position = floor.Buy(Mini, stop: 300, profit: 600);
        floor.Steps();

        floor
            .Broker.Protection.Amend(floor.Account, new ProtectionChange(position.Id, 1.09m, null), "a")
            .Should()
            .BeNull();
        floor
            .Broker.Protection.Amend(floor.Account, new ProtectionChange(position.Id, null, null), "b")
            .Should()
            .BeNull();

        var steps = floor.Steps();
        steps
            .Select(s => (s.Type, s.RequestId))
            .Should()
            .Equal((ExecutionType.OrderReplaced, "a"), (ExecutionType.OrderCancelled, "b"));
        steps[0].Position.Should().BeEquivalentTo(new { StopLoss = 109_000L, TakeProfit = (long?)null });
        floor.Account.OpenPositions.Single().StopLoss.Should().BeNull();
        floor.Account.Working.Should().BeEmpty();
    }

    [Fact]
    public void A_level_on_the_wrong_side_is_refused_with_the_quote()
    {
        var floor = new TradingFloor();
        var position = floor.Buy(Mini);

        var refusal = floor.Broker.Protection.Amend(
            floor.Account,
            new ProtectionChange(position.Id, null, 1.05m),
            requestId: null
        );

        refusal!.Code.Should().Be("TRADING_BAD_STOPS");
        refusal.Description.Should().Contain("should be >= current BID price").And.Contain("1.1");
    }

    [Fact]
    public void A_trailing_stop_moves_up_and_never_down()
    {
        var floor = new TradingFloor();
        var order = floor.Order(OrderType.Market, TradeSide.Buy, Mini) with { RelativeStopLoss = 100, Trailing = true };
        floor.Place(order).Should().BeNull();
        floor.Told();

        floor.Quote("EURUSD", 1.10100m, 1.10110m);
        floor.Quote("EURUSD", 1.10050m, 1.10060m);
        floor.Quote("EURUSD", 1.10200m, 1.10210m);

        var moves = floor.Told();
        moves.Should().AllBeOfType<TrailingStopMoved>();
        moves.Cast<TrailingStopMoved>().Select(m => m.Position.StopLoss).Should().Equal(110_000L, 110_100L);
        floor.Quote("EURUSD", 1.10100m, 1.10110m);
        floor.Steps().Should().ContainSingle(s => s.Type == ExecutionType.OrderFilled);
    }

    [Fact]
    public void A_trailing_stop_without_a_level_is_refused()
    {
        var floor = new TradingFloor();
        var position = floor.Buy(Mini);
        var change = new ProtectionChange(position.Id, null, 1.2m) { Trailing = true };

        floor.Broker.Protection.Amend(floor.Account, change, null)!.Code.Should().Be("INVALID_REQUEST");
    }
}
