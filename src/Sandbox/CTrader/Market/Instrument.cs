using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Market;

/// <summary>Somebody who is told every quote of a symbol. Called under the world's lock.</summary>
internal interface ISpotListener
{
    /// <summary>True when the peer does not take anything at present: a tape need not run for it alone.</summary>
    bool IsStalled { get; }

    void OnTick(Instrument instrument, in Tick tick, bool bidChanged, bool askChanged);

    /// <summary>Completes when the peer has taken enough of what was written.</summary>
    ValueTask DrainAsync(CancellationToken ct);
}

/// <summary>The market side of one symbol: where its quotes come from, who listens, what is remembered.</summary>
internal sealed class Instrument(Symbol symbol, BarBook bars, TickHistory ticks, Walk walk)
{
    public Symbol Symbol { get; } = symbol;
    public BarBook Bars { get; } = bars;
    public TickHistory Ticks { get; } = ticks;
    public Walk Walk { get; } = walk;

    /// <summary>The recorded tape, when there is one; the walk rests then.</summary>
    public TapeTrack? Tape { get; init; }
    public List<ISpotListener> Listeners { get; } = [];
    public bool Frozen { get; set; }

    public bool HasLiveListener
    {
        get
        {
            foreach (var listener in Listeners)
            {
                if (!listener.IsStalled)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
