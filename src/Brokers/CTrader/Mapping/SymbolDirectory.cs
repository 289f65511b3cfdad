using System.Collections.Frozen;
using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Brokers.CTrader.Mapping;

/// <summary>
/// The broker's numbers of symbols and assets, and their names. Numbers belong to one broker server and mean nothing
/// elsewhere.
/// </summary>
internal sealed class SymbolDirectory
{
    /// <summary>Knows nothing yet.</summary>
    public static readonly SymbolDirectory Empty = new(
        new Dictionary<long, SymbolName>(),
        new Dictionary<long, string>()
    );

    private readonly FrozenDictionary<long, SymbolName> _byId;
    private readonly FrozenDictionary<SymbolName, long> _byName;
    private readonly FrozenDictionary<long, string> _assets;

    /// <summary>A directory of these symbols and assets.</summary>
    public SymbolDirectory(IReadOnlyDictionary<long, SymbolName> symbols, IReadOnlyDictionary<long, string> assets)
    {
        _byId = symbols.ToFrozenDictionary();
        _assets = assets.ToFrozenDictionary();
        // Nothing keeps a broker from giving two symbols one name; the older number is the one that clients know.
        _byName = symbols
            .GroupBy(pair => pair.Value)
            .ToFrozenDictionary(group => group.Key, group => group.Min(pair => pair.Key));
    }

    /// <summary>The name of a listed symbol: the broker's own, letter for letter. A symbol whose name nobody could write, or no
    /// database could hold, is called by its number.</summary>
    public static SymbolName NameOf(long symbolId, string brokersName) =>
        new(
            brokersName.Length <= SymbolNames.MaxLength && !brokersName.Any(char.IsControl)
                ? brokersName
                : symbolId.ToString()
        );

    /// <summary>Whether the number is known.</summary>
    public bool TryGet(long symbolId, out SymbolName symbol) => _byId.TryGetValue(symbolId, out symbol);

    /// <summary>The symbol of a number; one that is not listed is called by its number.</summary>
    public SymbolName Get(long symbolId) =>
        _byId.TryGetValue(symbolId, out var symbol) ? symbol : new SymbolName(symbolId.ToString());

    /// <summary>The number of a name, if it is offered.</summary>
    public bool TryGetId(SymbolName name, out long symbolId) => _byName.TryGetValue(name, out symbolId);

    /// <summary>A symbol that is offered but neither wanted nor streamed; null when there is none.</summary>
    public long? FindSpare(IReadOnlySet<SymbolName> wanted, IReadOnlySet<long> streamed)
    {
        foreach (var (symbolId, symbol) in _byId)
        {
            if (!wanted.Contains(symbol) && !streamed.Contains(symbolId))
            {
                return symbolId;
            }
        }

        return null;
    }

    /// <summary>Whether both know the same symbols and assets.</summary>
    public bool SameAs(SymbolDirectory other) => Same(_byId, other._byId) && Same(_assets, other._assets);

    /// <summary>The name of an asset; empty when it is not listed.</summary>
    public string Asset(long assetId) => _assets.GetValueOrDefault(assetId, "");

    private static bool Same<T>(FrozenDictionary<long, T> one, FrozenDictionary<long, T> other) =>
        one.Count == other.Count
        && one.All(pair =>
            other.TryGetValue(pair.Key, out var value) && EqualityComparer<T>.Default.Equals(value, pair.Value)
        );
}
