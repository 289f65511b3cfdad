namespace Trading.Sandbox.CTrader.Engine;

/// <summary>
/// Rates between assets along a chain of symbols. The reference leaves open which side of the quote the real server takes;
/// this one takes the bid of every link.
/// </summary>
internal sealed class Conversion
{
    private readonly Dictionary<long, List<Symbol>> _byAsset = [];
    private readonly Dictionary<(long From, long To), IReadOnlyList<Symbol>?> _chains = [];

    public Conversion(IEnumerable<Symbol> symbols)
    {
        foreach (var symbol in symbols)
        {
            Of(symbol.Spec.Base.Id).Add(symbol);
            Of(symbol.Spec.Quote.Id).Add(symbol);
        }
    }

    /// <summary>Shortest chain between two assets; empty when they are the same, null when none exists.</summary>
    public IReadOnlyList<Symbol>? Chain(long from, long to)
    {
        if (!_chains.TryGetValue((from, to), out var chain))
        {
            chain = Search(from, to);
            _chains[(from, to)] = chain;
        }

        return chain;
    }

    /// <summary>Units of <paramref name="to"/> for one unit of <paramref name="from"/>.</summary>
    public decimal Rate(Asset from, Asset to)
    {
        var chain =
            Chain(from.Id, to.Id)
            ?? throw new InvalidOperationException($"No chain of symbols leads from {from.Name} to {to.Name}.");
        var rate = 1m;
        var asset = from.Id;
        foreach (var symbol in chain)
        {
            var bid = Price.ToDecimal(symbol.Bid);
            var forward = symbol.Spec.Base.Id == asset;
            rate = forward ? rate * bid : rate / bid;
            asset = forward ? symbol.Spec.Quote.Id : symbol.Spec.Base.Id;
        }

        return rate;
    }

    private IReadOnlyList<Symbol>? Search(long from, long to)
    {
        var reached = new Dictionary<long, IReadOnlyList<Symbol>> { [from] = [] };
        var queue = new Queue<long>([from]);
        while (queue.TryDequeue(out var asset))
        {
            if (asset == to)
            {
                return reached[asset];
            }

            foreach (var symbol in Of(asset))
            {
                var next = symbol.Spec.Base.Id == asset ? symbol.Spec.Quote.Id : symbol.Spec.Base.Id;
                if (reached.TryAdd(next, [.. reached[asset], symbol]))
                {
                    queue.Enqueue(next);
                }
            }
        }

        return null;
    }

    private List<Symbol> Of(long asset) =>
        _byAsset.TryGetValue(asset, out var symbols) ? symbols : _byAsset[asset] = [];
}
