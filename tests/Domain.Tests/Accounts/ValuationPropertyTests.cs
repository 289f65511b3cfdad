using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.TestKit;
using Xunit;

namespace Trading.Domain.Tests.Accounts;

public sealed class ValuationPropertyTests
{
    private static readonly SymbolName Symbol = new("EURUSD");

    [Fact]
    public void The_figures_of_any_account_hold_together() =>
        ForAll(
            (holdings, quote) =>
            {
                var valuation = Valuation.Of(holdings, _ => quote);

                valuation.Equity.Should().Be(holdings.Balance + valuation.NetProfit);
                valuation.FreeMargin.Should().Be(valuation.Equity - valuation.UsedMargin);
                valuation.NetProfit.Should().Be(valuation.Positions.Sum(position => position.NetProfit));
                valuation.GrossProfit!.Value.Scale.Should().BeLessThanOrEqualTo(2);
                valuation.UsedMargin.Should().BeGreaterThanOrEqualTo(0m);
            }
        );

    [Fact]
    public void Without_a_spread_a_hedge_earns_nothing() =>
        ForAll(
            (holdings, quote) =>
            {
                var hedged = holdings.Positions.SelectMany(position =>
                    new[] { position, position with { Side = position.Side == Side.Buy ? Side.Sell : Side.Buy } }
                );

                var valuation = Valuation.Of(
                    holdings with
                    {
                        Positions = hedged.ToArray(),
                    },
                    _ => quote with { Ask = quote.Bid }
                );

                valuation.GrossProfit.Should().Be(0m);
            }
        );

    [Fact]
    public void Net_never_asks_for_more_than_max_and_max_never_for_more_than_sum() =>
        ForAll(
            (holdings, quote) =>
            {
                decimal Used(MarginRule rule) =>
                    Valuation.Of(holdings with { MarginRule = rule }, _ => quote).UsedMargin!.Value;

                Used(MarginRule.Net).Should().BeLessThanOrEqualTo(Used(MarginRule.Max));
                Used(MarginRule.Max).Should().BeLessThanOrEqualTo(Used(MarginRule.Sum));
            }
        );

    private static void ForAll(Action<Holdings, Quote> property) =>
        Check.One(
            Seeded.Config(),
            Prop.ForAll(
                Seeded.From(random => (Holdings: Any(random), Quote: AnyQuote(random))).ToArbitrary(),
                given => property(given.Holdings, given.Quote)
            )
        );

    private static Quote AnyQuote(Random random)
    {
        var bid = random.Next(50_000, 200_000);
        return new(Price.FromHundredThousandths(bid), Price.FromHundredThousandths(bid + random.Next(0, 50)));
    }

    private static Holdings Any(Random random) =>
        new()
        {
            Balance = random.Next(0, 100_000_000) / 100m,
            MoneyDigits = 2,
            MarginRule = MarginRule.Max,
            LeverageInCents = 10_000,
            Positions = Enumerable.Range(0, random.Next(0, 8)).Select(index => AnyPosition(random, index)).ToArray(),
        };

    private static OpenPosition AnyPosition(Random random, int index) =>
        new()
        {
            Id = new($"{index}"),
            Symbol = Symbol,
            Side = random.Next(2) == 0 ? Side.Buy : Side.Sell,
            Volume = random.NextInt64(1, 1_000_000_000),
            Price = random.Next(50_000, 200_000) / 100_000m,
            Swap = random.Next(-1_000, 1_000) / 100m,
            Commission = -random.Next(0, 1_000) / 100m,
            UsedMargin = random.Next(0, 100_000) / 100m,
            MarginRate = null,
            QuoteAsset = "USD",
            Conversion = random.Next(2) == 0 ? [] : [new(Symbol, Divide: random.Next(2) == 0)],
        };
}
