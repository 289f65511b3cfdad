using System.Collections.Frozen;
using System.Security.Cryptography;
using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>What a broker offers to an account. Immutable and without the account, so that all sessions with the same offer
/// can share one.</summary>
public sealed class SymbolCatalog
{
    private readonly FrozenDictionary<string, SymbolSpecification> _byName;
    private readonly FrozenDictionary<(string From, string To), IReadOnlyList<string>> _chains;

    private SymbolCatalog(SymbolsListed listed, string digest)
    {
        Listed = listed;
        Digest = digest;
        _byName = listed
            .Symbols.GroupBy(symbol => symbol.Name)
            .ToFrozenDictionary(group => group.Key, group => group.First());
        _chains = listed
            .Conversions.GroupBy(chain => (chain.FromAsset, chain.ToAsset))
            .ToFrozenDictionary(group => group.Key, IReadOnlyList<string> (group) => group.First().Symbols);
    }

    /// <summary>No symbols.</summary>
    public static SymbolCatalog Empty { get; } = Of(new());

    /// <summary>SHA-256 of the content, as hex: equal for equal offers.</summary>
    public string Digest { get; }

    /// <summary>The content; its account id is empty. Not to be changed.</summary>
    public SymbolsListed Listed { get; }

    /// <summary>No symbol at all.</summary>
    public bool IsEmpty => _byName.Count == 0;

    /// <summary>Reads an offer.</summary>
    public static SymbolCatalog Of(SymbolsListed listed)
    {
        var bare = new SymbolsListed { Symbols = { listed.Symbols }, Conversions = { listed.Conversions } };
        return new(bare, Convert.ToHexStringLower(SHA256.HashData(bare.ToByteArray())));
    }

    /// <summary>The symbol of this name, or null.</summary>
    public SymbolSpecification? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The symbols whose prices value a position of <paramref name="symbol"/> in <paramref name="currency"/>: its own
    /// and those of the conversion chain of its quote asset.</summary>
    public IEnumerable<string> NeededFor(string symbol, string currency)
    {
        yield return symbol;
        if (Find(symbol) is not { } specification || specification.QuoteAsset == currency)
        {
            yield break;
        }

        foreach (var step in _chains.GetValueOrDefault((specification.QuoteAsset, currency), []))
        {
            yield return step;
        }
    }
}
