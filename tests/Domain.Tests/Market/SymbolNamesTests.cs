using FluentAssertions;
using Trading.Domain.Market;
using Xunit;

namespace Trading.Domain.Tests.Market;

public sealed class SymbolNamesTests
{
    private static readonly string[] Odd =
    [
        "GBPUSD_SB",
        "US30.cash",
        "EUR/CHF",
        "BRENT-OIL",
        "#AAPL",
        "XAUUSD.",
        "eurusd.r",
        "日経225",
        "Größe",
        "US 30",
        "BRK,B",
        "A%2FB",
        "Q\"\\",
    ];

    private readonly SymbolNames _names = SymbolNames.Of([
        .. Odd,
        "EURUSD",
        "EUR/USD",
        "GBPUSD",
        "GBPUSDSB",
        "us30",
        "US30",
    ]);

    [Fact]
    public void Every_listed_name_is_found_letter_for_letter() =>
        _names.All.Select(name => _names.Find(name)!.Value.Value).Should().Equal(_names.All);

    [Theory]
    [InlineData("eurusd", "EURUSD")]
    [InlineData("EUR_USD", "EURUSD")]
    [InlineData("eur/chf", "EUR/CHF")]
    [InlineData("EURCHF", "EUR/CHF")]
    [InlineData("EUR_CHF", "EUR/CHF")]
    [InlineData("GBP/USD", "GBPUSD")]
    [InlineData("gbpusd_sb", "GBPUSD_SB")]
    [InlineData("gbpusdsb", "GBPUSDSB")]
    [InlineData("GBP/USD_SB", "GBPUSDSB")]
    [InlineData("us30.CASH", "US30.cash")]
    [InlineData("xauusd.", "XAUUSD.")]
    [InlineData("EURUSD.R", "eurusd.r")]
    [InlineData("GRÖSSE", null)]
    [InlineData("größe", "Größe")]
    [InlineData("Us30", "US30")]
    [InlineData("XAUUSD", null)]
    [InlineData("AAPL", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void What_people_write_finds_the_name_that_is_meant(string? written, string? meant) =>
        _names.Find(written)?.Value.Should().Be(meant);

    [Fact]
    public void A_name_that_is_listed_is_never_taken_for_another()
    {
        var names = SymbolNames.Of(["EUR/USD", "eurusd", "EUR_USD", "EURUSD"]);

        names.All.Should().AllSatisfy(name => names.Find(name)!.Value.Value.Should().Be(name));
        names.Find("Eur_Usd")!.Value.Value.Should().Be("EUR_USD", "capitals count least");
        names.Find("eUR/uSD")!.Value.Value.Should().Be("EUR/USD");
        names.Find("E_URUSD")!.Value.Value.Should().Be("EURUSD", "the plainest is what most people write");
    }

    [Fact]
    public void Names_are_given_once_and_in_order()
    {
        var names = SymbolNames.Of(["B", "a", "B", "A"]);

        names.All.Should().Equal("A", "B", "a");
        names.SameAs(SymbolNames.Of(["a", "A", "B"])).Should().BeTrue();
        names.SameAs(SymbolNames.Of(["a", "A"])).Should().BeFalse();
        SymbolNames.None.IsEmpty.Should().BeTrue();
    }
}
