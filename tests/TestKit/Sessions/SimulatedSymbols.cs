using Trading.Domain.Events;

namespace Trading.TestKit.Sessions;

/// <summary>What a simulated broker offers.</summary>
internal static class SimulatedSymbols
{
    /// <summary>Five symbols and the ways from yen and pounds to dollars.</summary>
    public static SymbolsListed ListedFor(string accountId) =>
        new()
        {
            AccountId = accountId,
            Symbols =
            {
                Symbol(1, "EURUSD", "EUR", "USD"),
                Symbol(2, "USDJPY", "USD", "JPY"),
                Symbol(3, "XAUUSD", "XAU", "USD"),
                Symbol(4, "EURGBP", "EUR", "GBP"),
                Symbol(5, "GBPUSD", "GBP", "USD"),
            },
            Conversions =
            {
                new ConversionChain
                {
                    FromAsset = "JPY",
                    ToAsset = "USD",
                    Symbols = { "USDJPY" },
                },
                new ConversionChain
                {
                    FromAsset = "GBP",
                    ToAsset = "USD",
                    Symbols = { "GBPUSD" },
                },
            },
        };

    private static SymbolSpecification Symbol(long id, string name, string from, string to) =>
        new()
        {
            SymbolId = id,
            Name = name,
            BaseAsset = from,
            QuoteAsset = to,
            Digits = 5,
            LotSize = 10_000_000,
            Enabled = true,
        };
}
