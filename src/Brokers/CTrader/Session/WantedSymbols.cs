using System.Threading.Channels;
using Trading.Domain;

namespace Trading.Brokers.CTrader.Session;

/// <summary>The set of symbols to stream, and a bell that rings when it, or anything else to look at, has changed.</summary>
internal sealed class WantedSymbols(IReadOnlySet<SymbolName> initial)
{
    private readonly Channel<bool> _bell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private volatile IReadOnlySet<SymbolName> _current = initial;

    /// <summary>The set as of now.</summary>
    public IReadOnlySet<SymbolName> Current => _current;

    /// <summary>States the whole set anew.</summary>
    public void Set(IReadOnlySet<SymbolName> symbols)
    {
        _current = symbols.ToHashSet();
        Ring();
    }

    /// <summary>Makes whoever waits look again.</summary>
    public void Ring() => _bell.Writer.TryWrite(true);

    /// <summary>Waits for the bell. A ring that nobody waited for is not lost.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellation) => _bell.Reader.ReadAsync(cancellation);
}
