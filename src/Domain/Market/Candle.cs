using Trading.Domain.Logs;

namespace Trading.Domain.Market;

/// <summary>Open, high, low and close of the bid of one symbol over one timeframe. First and last are by the ticks' own time,
/// and by the order of the log among those of one moment: a tick that was missed and comes late takes the place it would have
/// had. A candle knows which ticks made it, so that parts of it, folded apart, merge into exactly the candle that one fold
/// over all ticks gives.</summary>
public readonly record struct Candle
{
    /// <summary>The symbol.</summary>
    public required SymbolName Symbol { get; init; }

    /// <summary>The length.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>When it begins, Unix milliseconds.</summary>
    public required long OpenTimeMs { get; init; }

    /// <summary>The bid of the first tick.</summary>
    public required Price Open { get; init; }

    /// <summary>The highest bid.</summary>
    public required Price High { get; init; }

    /// <summary>The lowest bid.</summary>
    public required Price Low { get; init; }

    /// <summary>The bid of the last tick.</summary>
    public required Price Close { get; init; }

    /// <summary>The number of ticks, those included that moved only the ask.</summary>
    public required long Volume { get; init; }

    /// <summary>The time of the tick that opened it, Unix milliseconds.</summary>
    public required long OpenedMs { get; init; }

    /// <summary>The time of the tick that closed it so far, Unix milliseconds.</summary>
    public required long ClosedMs { get; init; }

    /// <summary>The smallest offset of a tick in it.</summary>
    public required Offset First { get; init; }

    /// <summary>The largest offset of a tick in it.</summary>
    public required Offset Last { get; init; }

    /// <summary>This part and a part of the same candle that comes later in the log, together: all its offsets are larger.
    /// </summary>
    public Candle With(in Candle later) =>
        this with
        {
            Open = later.OpenedMs < OpenedMs ? later.Open : Open,
            High = High.Units > later.High.Units ? High : later.High,
            Low = Low.Units < later.Low.Units ? Low : later.Low,
            Close = later.ClosedMs >= ClosedMs ? later.Close : Close,
            Volume = Volume + later.Volume,
            OpenedMs = Math.Min(OpenedMs, later.OpenedMs),
            ClosedMs = Math.Max(ClosedMs, later.ClosedMs),
            First = First < later.First ? First : later.First,
            Last = Last > later.Last ? Last : later.Last,
        };
}
