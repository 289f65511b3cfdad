using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Domain.Ports;

/// <summary>Looks back into the market log. Ticks that retention has let go are not found any more.</summary>
public interface ITickHistory
{
    /// <summary>The last offset that the market log had recorded at a moment, that moment included;
    /// <see cref="Offset.Start"/> when it holds nothing so old.</summary>
    ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation);

    /// <summary>A symbol's newest tick in a feed up to an offset, that offset included; null when there is none. Searches
    /// backwards, so what it costs depends on how long the symbol had been silent, not on the length of the log.</summary>
    ValueTask<PastTick?> NewestAsync(StreamName feed, SymbolName symbol, Offset upTo, CancellationToken cancellation);
}
