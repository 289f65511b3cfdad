using FluentAssertions;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Xunit;

namespace Trading.Domain.Tests.Accounts;

public sealed class ConversionTests
{
    private static readonly SymbolsListed Listed = new()
    {
        Symbols = { Symbol("GBPUSD", "GBP", "USD"), Symbol("USDJPY", "USD", "JPY"), Symbol("EURUSD", "EUR", "USD") },
        Conversions =
        {
            new ConversionChain
            {
                FromAsset = "GBP",
                ToAsset = "JPY",
                Symbols = { "GBPUSD", "USDJPY" },
            },
            new ConversionChain
            {
                FromAsset = "JPY",
                ToAsset = "EUR",
                Symbols = { "USDJPY", "EURUSD" },
            },
            new ConversionChain
            {
                FromAsset = "GBP",
                ToAsset = "EUR",
                Symbols = { "GBPUSD", "USDJPY" },
            },
            new ConversionChain
            {
                FromAsset = "GBP",
                ToAsset = "USD",
                Symbols = { "GBPUSDx" },
            },
        },
    };

    [Fact]
    public void An_asset_needs_no_step_to_itself() => Conversion.Steps(Listed, "USD", "USD").Should().BeEmpty();

    [Fact]
    public void A_base_asset_is_multiplied_on() =>
        Conversion
            .Steps(Listed, "GBP", "JPY")
            .Should()
            .Equal(new ConversionStep(new("GBPUSD"), Divide: false), new ConversionStep(new("USDJPY"), Divide: false));

    [Fact]
    public void A_quote_asset_is_divided_back() =>
        Conversion
            .Steps(Listed, "JPY", "EUR")
            .Should()
            .Equal(new ConversionStep(new("USDJPY"), Divide: true), new ConversionStep(new("EURUSD"), Divide: true));

    [Fact]
    public void A_chain_that_leads_elsewhere_or_over_unknown_symbols_is_no_chain()
    {
        Conversion.Steps(Listed, "GBP", "EUR").Should().BeNull();
        Conversion.Steps(Listed, "GBP", "USD").Should().BeNull();
        Conversion.Steps(Listed, "JPY", "USD").Should().BeNull("the broker gave none");
    }

    private static SymbolSpecification Symbol(string name, string from, string to) =>
        new()
        {
            Name = name,
            BaseAsset = from,
            QuoteAsset = to,
        };
}
