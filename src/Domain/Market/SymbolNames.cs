using System.Collections.Frozen;

namespace Trading.Domain.Market;

/// <summary>The names that are on offer, letter for letter as brokers list them, and what people write for them. The exact
/// name always comes first; then the one that differs in capitals only; then the one that differs in capitals, slashes and
/// underscores, so that <c>eurusd</c>, <c>EUR_USD</c> and <c>EUR/USD</c> all find <c>EURUSD</c>.</summary>
public sealed class SymbolNames
{
    /// <summary>Longer than any broker's name: what is longer is no symbol.</summary>
    public const int MaxLength = 256;

    private readonly Lazy<Index> _index;

    private SymbolNames(string[] names)
    {
        All = names;
        _index = new(() => new(names));
    }

    /// <summary>Nothing is on offer, or nobody has told yet.</summary>
    public static SymbolNames None { get; } = new([]);

    /// <summary>All of them, each once, in alphabetical order.</summary>
    public IReadOnlyList<string> All { get; }

    /// <summary>Nothing is on offer, or nobody has told yet.</summary>
    public bool IsEmpty => All.Count == 0;

    /// <summary>An offer of these names.</summary>
    public static SymbolNames Of(IEnumerable<string> names)
    {
        string[] each = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return each.Length == 0 ? None : new(each);
    }

    /// <summary>Whether a name is on offer exactly as written.</summary>
    public bool Has(string name) => _index.Value.Exact.Contains(name);

    /// <summary>The name that somebody means; null when none is on offer that could be meant.</summary>
    public SymbolName? Find(string? text)
    {
        if (text is not { Length: > 0 and <= MaxLength })
        {
            return null;
        }

        var index = _index.Value;
        return index.Exact.TryGetValue(text, out var exact) ? new(exact)
            : index.AnyCase.TryGetValue(text, out var similar) ? new(similar)
            : index.Spelled.TryGetValue(Spelling(text), out var meant) ? new(meant)
            : null;
    }

    /// <summary>Whether both offer the same.</summary>
    public bool SameAs(SymbolNames other) => ReferenceEquals(this, other) || All.SequenceEqual(other.All);

    private static string Spelling(string name) =>
        name.Replace("/", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private sealed class Index
    {
        public Index(IReadOnlyList<string> names)
        {
            Exact = names.ToFrozenSet(StringComparer.Ordinal);
            AnyCase = Best(names, name => name, StringComparer.OrdinalIgnoreCase);
            Spelled = Best(names, Spelling, StringComparer.Ordinal);
        }

        public FrozenSet<string> Exact { get; }

        public FrozenDictionary<string, string> AnyCase { get; }

        public FrozenDictionary<string, string> Spelled { get; }

        // Of several that might be meant: the plainest, which is the one that most people write.
        private static FrozenDictionary<string, string> Best(
            IReadOnlyList<string> names,
            Func<string, string> spelling,
            StringComparer comparer
        ) =>
            names
                .GroupBy(spelling, comparer)
                .ToFrozenDictionary(
                    group => group.Key,
                    group => group.MinBy(name => (name != Spelling(name), name.Length))!,
                    comparer
                );
    }
}
