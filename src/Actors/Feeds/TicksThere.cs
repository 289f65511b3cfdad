using System.Runtime.InteropServices;
using Trading.Domain.Market;

namespace Trading.Actors.Feeds;

/// <summary>The ticks of a hole that the market log has already.</summary>
internal sealed class TicksThere
{
    private readonly Dictionary<string, SymbolThere> _bySymbol = [];

    /// <summary>Takes one in, in the order of the log.</summary>
    public void Add(in Tick tick, bool filled)
    {
        ref var symbol = ref CollectionsMarshal.GetValueRefOrAddDefault(_bySymbol, tick.Symbol.Value, out _);
        symbol ??= new();
        symbol.Add(tick, filled);
    }

    /// <summary>Those of one symbol.</summary>
    public SymbolThere Of(string symbol) => _bySymbol.GetValueOrDefault(symbol) ?? new();
}

/// <summary>The ticks of one symbol in a hole that the market log has already.</summary>
internal sealed class SymbolThere
{
    private readonly HashSet<Tick> _live = [];

    /// <summary>The last one filled in; null when there is none.</summary>
    public Tick? Last { get; private set; }

    /// <summary>How many were filled in.</summary>
    public long Filled { get; private set; }

    /// <summary>Those that came live.</summary>
    public IReadOnlySet<Tick> Live => _live;

    /// <summary>Takes one in.</summary>
    public void Add(in Tick tick, bool filled)
    {
        if (filled)
        {
            Last = tick;
            Filled++;
        }
        else
        {
            _live.Add(tick);
        }
    }
}
