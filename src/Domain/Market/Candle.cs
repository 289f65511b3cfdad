using Trading.Domain.Logs;

namespace Trading.Domain.Market;

/// <summary>Open, high, low and close of the bid of one symbol over one timeframe. It knows which ticks made it, so that
/// parts of it, folded apart, merge into exactly the candle that one fold over all ticks gives.</summary>
public readonly record struct Candle
{
    /// <summary>The symbol.</summary>
    public required SymbolName Symbol { get; init; }

    /// <summary>The length.</summary>
    public required Timeframe Timeframe { get; init; }

    /// <summary>When it begins, Unix milliseconds.</summary>
    public required long OpenTimeMs { get; init; }

    /// <summary>The bid of the first tick, in the order of the log.</summary>
    public required Price Open { get; init; }

    /// <summary>The highest bid.</summary>
    public required Price High { get; init; }

    /// <summary>The lowest bid.</summary>
    public required Price Low { get; init; }

    /// <summary>The bid of the last tick, in the order of the log.</summary>
    public required Price Close { get; init; }

    /// <summary>The number of ticks, those included that moved only the ask.</summary>
    public required long Volume { get; init; }

    /// <summary>The offset of the first tick in it.</summary>
    public required Offset First { get; init; }

    /// <summary>The offset of the last tick in it.</summary>
    public required Offset Last { get; init; }

    /// <summary>This part and another part of the same candle, together. The order of the two does not matter.</summary>
    public Candle With(in Candle other) =>
        this with
        {
            Open = First < other.First ? Open : other.Open,
            High = High.Units > other.High.Units ? High : other.High,
            Low = Low.Units < other.Low.Units ? Low : other.Low,
            Close = Last > other.Last ? Close : other.Close,
            Volume = Volume + other.Volume,
            First = First < other.First ? First : other.First,
            Last = Last > other.Last ? Last : other.Last,
        };
}
