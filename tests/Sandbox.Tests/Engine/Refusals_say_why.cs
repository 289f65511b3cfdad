using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Engine;

public sealed class Refusals_say_why
{
    private readonly TradingFloor _floor = new();

    [Theory]
    [InlineData(1_000, "TRADING_BAD_VOLUME")]
    [InlineData(150_000, "TRADING_BAD_VOLUME")]
    [InlineData(20_000_000_000, "TRADING_BAD_VOLUME")]
    public void A_volume_off_the_symbols_steps(long volume, string code) =>
        _floor.Place(_floor.Order(OrderType.Market, TradeSide.Buy, volume))!.Code.Should().Be(code);

    [Fact]
    public void The_text_of_a_small_volume_speaks_in_units() =>
        _floor
            .Place(_floor.Order(OrderType.Market, TradeSide.Buy, 1_000))!
            .Description.Should()
            .Contain("10.00")
            .And.Contain("1000.00");

    [Fact]
    public void Too_many_digits_in_a_price()
    {
        var order = _floor.Order(OrderType.Limit, TradeSide.Buy, 100_000, "USDJPY") with
        {
            LimitPrice = 131.07400024414062m,
        };

        _floor
            .Place(order)!
            .Description.Should()
            .Be("Order price = 131.07400024414062 has more digits than symbol allows. Allowed 3 digits");
    }

    [Fact]
    public void A_relative_level_that_is_no_whole_number_of_points()
    {
        var order = _floor.Order(OrderType.Market, TradeSide.Buy, 100_000, "USDJPY") with { RelativeStopLoss = 150 };

        _floor.Place(order).Should().Be(Refusal.Invalid("Relative stop loss has invalid precision"));
    }

    [Fact]
    public void Absolute_levels_on_a_market_order()
    {
        var order = _floor.Order(OrderType.Market, TradeSide.Buy, 100_000) with { StopLoss = 1.05m };

        _floor
            .Place(order)!
            .Description.Should()
            .Be("SL/TP in absolute values are allowed only for order types: [LIMIT, STOP, STOP_LIMIT]");
    }

    [Fact]
    public void Things_that_do_not_exist()
    {
        _floor.Place(new NewOrder(999_999, OrderType.Market, TradeSide.Buy, 1))!.Code.Should().Be("SYMBOL_NOT_FOUND");
        _floor
            .Broker.Orders.Close(_floor.Account, 5, 1, null)
            .Should()
            .BeEquivalentTo(
                new
                {
                    Code = "POSITION_NOT_FOUND",
                    Description = "Position not found with id 5",
                    OrderId = 0,
                }
            );
        _floor
            .Broker.Orders.Cancel(_floor.Account, 7, null)
            .Should()
            .BeEquivalentTo(new { Description = "Order not found with id 7", OrderId = 7 });
    }

    [Fact]
    public void Closing_more_than_there_is()
    {
        var position = _floor.Buy(100_000);

        _floor.Broker.Orders.Close(_floor.Account, position.Id, 200_000, null)!.Code.Should().Be("TRADING_BAD_VOLUME");
    }

    [Fact]
    public void An_account_that_may_only_close()
    {
        var position = _floor.Buy(100_000);
        _floor.Broker.Treasury.SetAccess(_floor.Account, AccessRights.CloseOnly);

        _floor.Place(_floor.Order(OrderType.Market, TradeSide.Buy, 100_000))!.Code.Should().Be("TRADING_DISABLED");
        _floor.Broker.Orders.Close(_floor.Account, position.Id, 100_000, null).Should().BeNull();
    }

    [Fact]
    public void A_date_in_the_past()
    {
        var order = _floor.Order(OrderType.Limit, TradeSide.Buy, 100_000) with
        {
            LimitPrice = 1.05m,
            TimeInForce = TimeInForce.GoodTillDate,
            ExpiresAt = _floor.Broker.Now - 1,
        };

        _floor.Place(order)!.Code.Should().Be("TRADING_BAD_EXPIRATION_DATE");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_price_that_is_none_in_a_change_of_an_order(int price)
    {
        var order = Waiting();

        Amend(new OrderChange(order.Id) { LimitPrice = price })!.Code.Should().Be("TRADING_BAD_PRICES");
        Amend(new OrderChange(order.Id) { StopPrice = price })!.Code.Should().Be("TRADING_BAD_PRICES");
        Amend(new OrderChange(order.Id) { StopLoss = price })!.Code.Should().Be("TRADING_BAD_STOPS");
    }

    [Fact]
    public void Protection_that_a_change_would_put_on_the_wrong_side_or_trail_without_a_stop()
    {
        var order = Waiting();

        Amend(new OrderChange(order.Id) { StopLoss = 1.06m })!.Code.Should().Be("TRADING_BAD_STOPS");
        Amend(new OrderChange(order.Id) { TakeProfit = 1.04m })!.Code.Should().Be("TRADING_BAD_STOPS");
        Amend(new OrderChange(order.Id) { Trailing = true })!.Code.Should().Be("INVALID_REQUEST");
        Amend(new OrderChange(order.Id) { StopLoss = 1.04m, Trailing = true }).Should().BeNull();
        Amend(new OrderChange(order.Id) { LimitPrice = 1.03m })!.Code.Should().Be("TRADING_BAD_STOPS");
    }

    [Fact]
    public void A_level_of_protection_that_is_no_price()
    {
        var position = _floor.Buy(100_000);
        var order = _floor.Order(OrderType.Limit, TradeSide.Buy, 100_000) with { LimitPrice = 1.05m, StopLoss = -1m };

        _floor.Place(order)!.Code.Should().Be("TRADING_BAD_STOPS");
        _floor
            .Broker.Protection.Amend(_floor.Account, new ProtectionChange(position.Id, 0m, null), null)!
            .Code.Should()
            .Be("TRADING_BAD_STOPS");
    }

    [Fact]
    public void Kinds_that_nobody_knows()
    {
        var order = _floor.Order(OrderType.Limit, TradeSide.Buy, 100_000) with { LimitPrice = 1.05m };

        _floor.Place(order with { Side = (TradeSide)7 })!.Code.Should().Be("INVALID_REQUEST");
        _floor.Place(order with { TimeInForce = (TimeInForce)7 })!.Code.Should().Be("INVALID_REQUEST");
        _floor.Place(order with { Trigger = (TriggerMethod)7 })!.Code.Should().Be("INVALID_REQUEST");
    }

    [Fact]
    public void An_account_that_may_not_trade_may_change_nothing_either()
    {
        var position = _floor.Buy(100_000);
        var order = Waiting();
        _floor.Broker.Treasury.SetAccess(_floor.Account, AccessRights.NoTrading);

        Amend(new OrderChange(order.Id) { LimitPrice = 1.06m })!.Code.Should().Be("TRADING_NOT_ALLOWED");
        _floor.Broker.Orders.Cancel(_floor.Account, order.Id, null)!.Code.Should().Be("TRADING_NOT_ALLOWED");
        _floor
            .Broker.Protection.Amend(_floor.Account, new ProtectionChange(position.Id, 1.05m, null), null)!
            .Code.Should()
            .Be("TRADING_NOT_ALLOWED");
    }

    private Order Waiting()
    {
        _floor
            .Place(_floor.Order(OrderType.Limit, TradeSide.Buy, 100_000) with { LimitPrice = 1.05m })
            .Should()
            .BeNull();
        return _floor.Account.Working.Values.Single(o => o.Type == OrderType.Limit);
    }

    private Refusal? Amend(OrderChange change) => _floor.Broker.Orders.Amend(_floor.Account, change, null);
}
