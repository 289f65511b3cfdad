using FluentAssertions;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Xunit;

namespace Trading.Domain.Tests.Accounts;

public sealed class ValuationTests
{
    private static readonly IReadOnlyList<ConversionStep> None = [];

    [Fact]
    public void A_bought_position_is_worth_what_the_bid_says_and_costs_lower_the_net()
    {
        // The example of cTrader Open API reference, money mathematics.
        var position = Position("EURUSD", Side.Buy, 1_000_000, 1.10000m) with
        {
            Commission = -0.25m,
        };

        var valuation = Value([position], ("EURUSD", 1.10120m, 1.10130m));

        valuation
            .Positions.Should()
            .Equal(new PositionValuation(new("1"), CurrentPrice: 1.10120m, GrossProfit: 12.00m, NetProfit: 11.75m));
        valuation.Equity.Should().Be(1_011.75m);
        valuation.Missing.Should().BeEmpty();
    }

    [Fact]
    public void A_sold_position_is_worth_what_the_ask_says()
    {
        var position = Position("EURUSD", Side.Sell, 1_000_000, 1.10000m) with { Swap = -0.10m };

        var valuation = Value([position], ("EURUSD", 1.10120m, 1.10130m));

        valuation.GrossProfit.Should().Be(-13.00m);
        valuation.NetProfit.Should().Be(-13.10m);
    }

    [Fact]
    public void A_profit_in_yen_is_divided_by_the_yen_price_of_a_dollar()
    {
        // Three digits: 10,000 units, 123 points of 0.001 are 1,230 yen, at 151.234 to the dollar 8.13 dollars.
        var position = Position("USDJPY", Side.Buy, 1_000_000, 151.111m) with
        {
            QuoteAsset = "JPY",
            Conversion = [new(new("USDJPY"), Divide: true)],
        };

        Value([position], ("USDJPY", 151.234m, 151.240m)).GrossProfit.Should().Be(8.13m);
    }

    [Fact]
    public void A_cross_is_converted_along_its_whole_chain_at_the_bids()
    {
        // 100,000 units of EURGBP gain 0.00100: 100 pounds, 126 dollars at 1.26, 18,900 yen at 150.
        var position = Position("EURGBP", Side.Buy, 10_000_000, 0.85000m) with
        {
            QuoteAsset = "GBP",
            Conversion = [new(new("GBPUSD"), Divide: false), new(new("USDJPY"), Divide: false)],
        };

        var valuation = Valuation.Of(
            Holdings([position]) with
            {
                MoneyDigits = 0,
                Balance = 1_000_000m,
            },
            Quotes(("EURGBP", 0.85100m, 0.85105m), ("GBPUSD", 1.26000m, 1.26010m), ("USDJPY", 150.000m, 150.010m))
        );

        valuation.GrossProfit.Should().Be(18_900m);
        valuation.Equity.Should().Be(1_018_900m);
    }

    [Fact]
    public void Metals_with_two_digits_are_valued_like_everything_else()
    {
        // 100 ounces of gold from 2,300.15 to 2,310.40.
        var position = Position("XAUUSD", Side.Buy, 10_000, 2_300.15m);

        Value([position], ("XAUUSD", 2_310.40m, 2_310.70m)).GrossProfit.Should().Be(1_025.00m);
    }

    [Theory]
    [InlineData(50, 1)]
    [InlineData(-50, -1)]
    [InlineData(49, 0)]
    public void Half_a_cent_is_rounded_away_from_zero(int hundredthsOfACent, int cents) =>
        Value([Position("ABCUSD", Side.Buy, 100, 1m)], ("ABCUSD", 1m + hundredthsOfACent / 10_000m, 2m))
            .GrossProfit.Should()
            .Be(cents / 100m);

    [Fact]
    public void Profits_as_shown_add_up_to_the_equity_as_shown()
    {
        OpenPosition[] positions =
        [
            Position("ABCUSD", Side.Buy, 100, 1m),
            Position("ABCUSD", Side.Buy, 100, 1m) with
            {
                Id = new("2"),
            },
            Position("ABCUSD", Side.Buy, 100, 1m) with
            {
                Id = new("3"),
            },
        ];

        var valuation = Value(positions, ("ABCUSD", 1.005m, 2m));

        valuation.Equity.Should().Be(1_000m + valuation.Positions.Sum(position => position.NetProfit));
        valuation.Equity.Should().Be(1_000.03m);
    }

    [Fact]
    public void A_missing_price_makes_the_equity_unknown_and_says_which()
    {
        OpenPosition[] positions =
        [
            Position("EURUSD", Side.Buy, 1_000_000, 1.1m),
            Position("GBPUSD", Side.Buy, 1_000_000, 1.2m) with
            {
                Id = new("2"),
            },
        ];

        var valuation = Value(positions, ("EURUSD", 1.2m, 1.3m));

        valuation.Equity.Should().BeNull();
        valuation.FreeMargin.Should().BeNull();
        valuation.MarginLevel.Should().BeNull();
        valuation.UsedMargin.Should().Be(0m);
        valuation.Positions.Select(position => position.NetProfit).Should().Equal(1_000m, null);
        valuation.Missing.Should().Equal("price of GBPUSD");
    }

    [Fact]
    public void A_missing_link_of_a_chain_is_named()
    {
        var position = Position("EURGBP", Side.Buy, 100, 1m) with
        {
            QuoteAsset = "GBP",
            Conversion = [new(new("GBPUSD"), Divide: false)],
        };

        Value([position], ("EURGBP", 1m, 1m)).Missing.Should().Equal("price of GBPUSD");
        Value([position with { Conversion = null }], ("EURGBP", 1m, 1m)).Missing.Should().Equal("conversion of GBP");
        Value([position with { Conversion = null, QuoteAsset = "" }], ("EURGBP", 1m, 1m))
            .Missing.Should()
            .Equal("specification of EURGBP");
    }

    [Fact]
    public void A_price_of_nothing_is_as_good_as_none()
    {
        var position = Position("USDJPY", Side.Buy, 100, 1m) with { Conversion = [new(new("USDJPY"), Divide: true)] };

        Value([position], ("USDJPY", 0m, 0m)).Equity.Should().BeNull();
    }

    [Fact]
    public void Without_positions_equity_is_the_balance_and_there_is_no_margin_level()
    {
        var valuation = Value([]);

        valuation.Equity.Should().Be(1_000m);
        valuation.UsedMargin.Should().Be(0m);
        valuation.FreeMargin.Should().Be(1_000m);
        valuation.MarginLevel.Should().BeNull();
    }

    [Theory]
    [InlineData(MarginRule.Sum, 45)]
    [InlineData(MarginRule.Max, 35)]
    [InlineData(MarginRule.Net, 25)]
    [InlineData(MarginRule.Unspecified, 35)]
    public void Two_sides_of_one_symbol_add_up_by_the_accounts_rule(MarginRule rule, decimal used)
    {
        OpenPosition[] positions =
        [
            Margined("1", "EURUSD", Side.Buy, 20m),
            Margined("2", "EURUSD", Side.Buy, 10m),
            Margined("3", "EURUSD", Side.Sell, 10m),
            Margined("4", "GBPUSD", Side.Sell, 5m),
        ];

        var valuation = Valuation.Of(
            Holdings(positions) with
            {
                MarginRule = rule,
            },
            Quotes(("EURUSD", 1m, 1m), ("GBPUSD", 1m, 1m))
        );

        valuation.UsedMargin.Should().Be(used);
        valuation.FreeMargin.Should().Be(1_000m - used);
        valuation.MarginLevel.Should().Be(Math.Round(1_000m / used * 100m, 2, MidpointRounding.AwayFromZero));
    }

    [Theory]
    [InlineData(100_000, 111_984, 1_120)]
    [InlineData(200_000, 112_568, 2_251)]
    public void A_margin_that_the_broker_does_not_state_is_computed(long volume, int rate, int cents)
    {
        // Recorded at 1:100: 1,000 units at 1.11984 use 11.20, 2,000 at 1.12568 use 22.51.
        var position = Position("EURUSD", Side.Buy, volume, 1m) with
        {
            UsedMargin = null,
            MarginRate = rate / 100_000m,
        };

        var valuation = Valuation.Of(
            Holdings([position]) with
            {
                LeverageInCents = 10_000,
            },
            Quotes(("EURUSD", 1m, 1m))
        );

        valuation.UsedMargin.Should().Be(cents / 100m);
    }

    [Fact]
    public void A_margin_that_nobody_knows_is_named()
    {
        var position = Position("EURUSD", Side.Buy, 100, 1m) with { UsedMargin = null, MarginRate = null };

        var valuation = Value([position], ("EURUSD", 1m, 1m));

        valuation.Equity.Should().Be(1_000m);
        valuation.UsedMargin.Should().BeNull();
        valuation.FreeMargin.Should().BeNull();
        valuation.Missing.Should().Equal("margin of position 1");
    }

    private static Valuation Value(
        IReadOnlyList<OpenPosition> positions,
        params (string Symbol, decimal Bid, decimal Ask)[] quotes
    ) => Valuation.Of(Holdings(positions), Quotes(quotes));

    private static Func<SymbolName, Quote?> Quotes(params (string Symbol, decimal Bid, decimal Ask)[] quotes)
    {
        var book = quotes.ToDictionary(
            quote => quote.Symbol,
            quote => new Quote(Price.From(quote.Bid), Price.From(quote.Ask))
        );
        return symbol => book.TryGetValue(symbol.Value, out var quote) ? quote : null;
    }

    private static Holdings Holdings(IReadOnlyList<OpenPosition> positions) =>
        new()
        {
            Balance = 1_000m,
            MoneyDigits = 2,
            MarginRule = MarginRule.Max,
            LeverageInCents = 0,
            Positions = positions,
        };

    private static OpenPosition Margined(string id, string symbol, Side side, decimal margin) =>
        Position(symbol, side, 100, 1m) with
        {
            Id = new(id),
            UsedMargin = margin,
        };

    private static OpenPosition Position(string symbol, Side side, long volume, decimal price) =>
        new()
        {
            Id = new("1"),
            Symbol = new(symbol),
            Side = side,
            Volume = volume,
            Price = price,
            Swap = 0m,
            Commission = 0m,
            UsedMargin = 0m,
            MarginRate = null,
            QuoteAsset = "USD",
            Conversion = None,
        };
}
