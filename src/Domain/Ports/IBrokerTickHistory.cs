using Trading.Domain.Market;

namespace Trading.Domain.Ports;

/// <summary>A link that can also be asked for the ticks of the past. Not every broker keeps them.</summary>
public interface IBrokerTickHistory
{
    /// <summary>Asks for the ticks of a symbol from one moment to another, both included. It keeps to the broker's rate for
    /// history and lets everything else on the link go first.</summary>
    /// <param name="before">The quote that stood before, to complete ticks that move one side only.</param>
    /// <param name="fromMs">First moment, Unix milliseconds of the broker.</param>
    /// <param name="toMs">Last moment.</param>
    /// <param name="most">Most ticks to hold at once.</param>
    /// <param name="beat">Called with each answer of the broker: it may take many.</param>
    /// <param name="cancellation">Ends the wait.</param>
    Task<PastTicks> ReadTicksAsync(
        Tick before,
        long fromMs,
        long toMs,
        int most,
        Action beat,
        CancellationToken cancellation
    );
}

/// <summary>What became of asking for past ticks.</summary>
public abstract record PastTicks
{
    private PastTicks() { }

    /// <summary>All there are, oldest first.</summary>
    public sealed record Found(IReadOnlyList<Tick> Ticks) : PastTicks;

    /// <summary>More than can be held: ask for a shorter time.</summary>
    public sealed record TooMany : PastTicks;

    /// <summary>The broker says no.</summary>
    public sealed record Refused(string Code) : PastTicks;

    /// <summary>The link does not stand: ask again when it does.</summary>
    public sealed record Unavailable : PastTicks;
}
