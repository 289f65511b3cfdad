using Trading.Domain.Events;

namespace Trading.Domain.Accounts;

/// <summary>One symbol on the way from one asset to another.</summary>
/// <param name="Symbol">The symbol whose price is used.</param>
/// <param name="Divide">True to divide by the price (the amount is in the symbol's quote asset), false to multiply.</param>
public readonly record struct ConversionStep(SymbolName Symbol, bool Divide);

/// <summary>Turns the broker's conversion chains into steps (cTrader Open API: a chain of light symbols between two
/// assets, to be walked in order).</summary>
public static class Conversion
{
    /// <summary>The steps from one asset to another; empty when both are the same; null when the broker gave no chain, or
    /// one that does not lead there.</summary>
    public static IReadOnlyList<ConversionStep>? Steps(SymbolsListed listed, string from, string to)
    {
        if (from == to)
        {
            return [];
        }

        var chain = listed.Conversions.FirstOrDefault(chain => chain.FromAsset == from && chain.ToAsset == to);
        return chain is null ? null : Walk(chain, listed);
    }

    private static List<ConversionStep>? Walk(ConversionChain chain, SymbolsListed listed)
    {
        var asset = chain.FromAsset;
        var steps = new List<ConversionStep>(chain.Symbols.Count);
        foreach (var name in chain.Symbols)
        {
            var symbol = listed.Symbols.FirstOrDefault(symbol => symbol.Name == name);
            if (symbol is null || (symbol.BaseAsset != asset && symbol.QuoteAsset != asset))
            {
                return null;
            }

            var divide = symbol.BaseAsset != asset;
            steps.Add(new(new(name), divide));
            asset = divide ? symbol.BaseAsset : symbol.QuoteAsset;
        }

        return asset == chain.ToAsset ? steps : null;
    }
}
