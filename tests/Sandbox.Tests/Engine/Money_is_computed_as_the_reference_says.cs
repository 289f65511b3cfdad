using FsCheck;
using FsCheck.Fluent;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.Tests.Support;

namespace Trading.Sandbox.Tests.Engine;

public sealed class Money_is_computed_as_the_reference_says
{
    [Fact]
    public void Gross_of_a_bought_position_is_the_move_times_units() =>
        Amounts.Gross(1.10000m, 1.10120m, 10_000m, 1, 1m).Should().Be(1_200);

    [Fact]
    public void Gross_is_rounded_to_the_nearest_cent() =>
        Amounts.Gross(85287.21m, 85219.06m, 0.01m, 1, 1m).Should().Be(-68);

    [Theory]
    [InlineData(0.005, 1)]
    [InlineData(-0.005, -1)]
    [InlineData(0.0149, 1)]
    [InlineData(-0.6815, -68)]
    public void Half_a_cent_goes_away_from_zero(double amount, long cents) =>
        Amounts.Minor((decimal)amount).Should().Be(cents);

    [Theory]
    [InlineData(100_000, -3)]
    [InlineData(200_000, -5)]
    [InlineData(1_000_000, -25)]
    public void Commission_in_dollars_per_lot_is_rounded_per_side(long volume, long cents)
    {
        var spec = new TradingFloor().Symbol("EURUSD").Spec;

        Amounts.Commission(spec, volume, 1.1m, spec.Quote, new CommissionRates(1.1m, 1m, 1m)).Should().Be(cents);
    }

    [Fact]
    public void Commission_in_percent_of_value_takes_the_price()
    {
        var floor = new TradingFloor();
        var spec = floor.Symbol("XAUUSD").Spec;

        // 100 ounces at 2,000 are 200,000 dollars; 0.0007 percent of that are 1.40.
        Amounts.Commission(spec, 10_000, 2_000m, spec.Quote, new CommissionRates(2_000m, 1m, 1m)).Should().Be(-140);
    }

    [Theory]
    [InlineData(1_000, 1.11984, 1_120)]
    [InlineData(2_000, 1.12568, 2_251)]
    public void Margin_is_units_at_the_margin_rate_over_leverage(int units, double rate, long cents) =>
        Amounts.Margin(units, (decimal)rate, 100m).Should().Be(cents);

    [Fact]
    public void Swap_in_pips_is_rate_times_pip_times_units()
    {
        var spec = new TradingFloor().Symbol("EURUSD").Spec;

        // -1.106 pips on 100,000 units are -11.06 dollars, three times on Wednesday.
        Amounts.Swap(spec, TradeSide.Buy, 100_000m, 1.1m, 1m, times: 1).Should().Be(-1_106);
        Amounts.Swap(spec, TradeSide.Buy, 100_000m, 1.1m, 1m, times: 3).Should().Be(-3_318);
    }

    [Fact]
    public void The_conversion_fee_costs_on_profit_and_on_loss()
    {
        Amounts.ConversionFee(10_000, 70).Should().Be(-70);
        Amounts.ConversionFee(-10_000, 70).Should().Be(-70);
    }

    [Fact]
    public void Conversion_walks_the_chain_in_both_directions_at_the_bid()
    {
        var floor = new TradingFloor();
        floor.Quote("USDJPY", 150m, 150.01m);
        var (dollar, yen, euro) = (floor.Broker.Dollar, floor.Broker.FindAsset("JPY"), floor.Broker.FindAsset("EUR"));

        floor.Broker.Conversion.Rate(dollar, yen).Should().Be(150m);
        floor.Broker.Conversion.Rate(yen, dollar).Should().Be(1m / 150m);
        floor.Broker.Conversion.Rate(dollar, dollar).Should().Be(1m);
        floor.Broker.Conversion.Rate(dollar, euro).Should().Be(1m / 1.1m);
    }

    [Fact]
    public void Every_asset_leads_to_every_account_currency()
    {
        var broker = new TradingFloor().Broker;

        foreach (var asset in broker.Assets)
        {
            broker.Conversion.Chain(asset.Id, broker.Dollar.Id).Should().NotBeNull($"{asset.Name} has to reach USD");
            broker.Conversion.Chain(asset.Id, broker.FindAsset("EUR").Id).Should().NotBeNull();
        }
    }

    [Fact]
    public void Shares_of_an_amount_always_add_up_to_it()
    {
        var amounts =
            from amount in Gen.Choose(-1_000_000, 1_000_000)
            from whole in Gen.Choose(1, 100_000)
            from part in Gen.Choose(0, whole)
            select (amount, part, whole);
        Prop.ForAll(
                amounts.ToArbitrary(),
                x =>
                {
                    var first = Amounts.Share(x.amount, x.part, x.whole);
                    return Math.Abs(first) <= Math.Abs(x.amount) && x.amount - first + first == x.amount;
                }
            )
            .Check(TestKit.Seeded.Config());
    }
}
