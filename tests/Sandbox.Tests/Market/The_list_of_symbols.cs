using Trading.Sandbox.CTrader;
using Trading.Sandbox.CTrader.Market;

namespace Trading.Sandbox.Tests.Market;

public sealed class The_list_of_symbols
{
    private readonly Catalog _catalog = new(alwaysOpen: false);

    [Fact]
    public void Holds_more_than_a_hundred_with_ids_and_names_of_their_own()
    {
        _catalog.Symbols.Should().HaveCountGreaterThan(100);
        _catalog.Symbols.Select(s => s.Id).Should().OnlyHaveUniqueItems();
        _catalog.Symbols.Select(s => s.Name).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Holds_further_symbols_under_names_of_any_kind()
    {
        var catalog = new Catalog(
            alwaysOpen: false,
            [new("GBPUSD_SB", "GBPUSD"), new("US30.cash", "US30"), new("EUR/USD")]
        );

        catalog.Symbols.Select(s => s.Id).Should().OnlyHaveUniqueItems();
        catalog.Symbols.Single(s => s.Name == "US30.cash").Digits.Should().Be(2);
        catalog.Symbols.Single(s => s.Name == "EUR/USD").PipPosition.Should().Be(4);
        foreach (var wrong in (SandboxSymbol[])[new("EURUSD"), new(" "), new("X", "NOSUCH")])
        {
            FluentActions.Invoking(() => new Catalog(false, [wrong])).Should().Throw<InvalidDataException>();
        }
    }

    [Fact]
    public void Carries_the_recorded_figures_of_euro_and_gold()
    {
        var euro = _catalog.Symbols.Single(s => s.Name == "EURUSD");
        var gold = _catalog.Symbols.Single(s => s.Name == "XAUUSD");

        (euro.Id, euro.Digits, euro.PipPosition, euro.LotSize, euro.MinVolume, euro.MaxVolume, euro.CommissionRate)
            .Should()
            .Be((1, 5, 4, 10_000_000, 100_000, 10_000_000_000, 250_000_000));
        (gold.Id, gold.Digits, gold.PipPosition, gold.LotSize, gold.MinVolume, gold.CommissionRate)
            .Should()
            .Be((41, 2, 0, 10_000, 100, 70));
    }

    [Fact]
    public void Has_volumes_and_prices_that_can_be_traded() =>
        _catalog
            .Symbols.Should()
            .OnlyContain(s =>
                s.StartPrice > 0
                && s.MinVolume > 0
                && s.MaxVolume > s.MinVolume
                && s.SpreadPoints > 0
                && s.Digits >= s.PipPosition
                && s.Digits <= 5
                && s.Schedule.All(i => i.Start < i.End && i.End <= 604_800)
            );

    [Fact]
    public void Walks_the_same_way_by_the_same_seed_and_stays_plausible()
    {
        foreach (var spec in _catalog.Symbols)
        {
            var (one, two) = (new Walk(spec, seed: 5), new Walk(spec, seed: 5));
            var start = CTrader.Engine.Price.ToP5(spec.StartPrice);
            var (bid, ask) = (start, start + spec.PointP5);
            for (var i = 0; i < 2_000; i++)
            {
                var tick = one.Next(bid, ask, i);
                two.Next(bid, ask, i).Should().Be(tick);
                (tick.Bid != bid || tick.Ask != ask).Should().BeTrue("each step is a change");
                (tick.Ask >= tick.Bid).Should().BeTrue();
                (bid, ask) = (tick.Bid, tick.Ask);
            }

            bid.Should().BeInRange(start * 8 / 10, start * 12 / 10, spec.Name);
        }
    }
}
