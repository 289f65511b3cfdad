using System.Diagnostics.CodeAnalysis;

namespace Trading.Domain.Market;

/// <summary>How long a candle is. The value is its length in minutes; every length divides a UTC day, so candles begin at
/// multiples of it since midnight UTC.</summary>
public enum Timeframe
{
    /// <summary>One minute.</summary>
    M1 = 1,

    /// <summary>Five minutes.</summary>
    M5 = 5,

    /// <summary>A quarter of an hour.</summary>
    M15 = 15,

    /// <summary>Half an hour.</summary>
    M30 = 30,

    /// <summary>One hour.</summary>
    H1 = 60,

    /// <summary>Four hours: 00, 04, 08, 12, 16 and 20 o'clock UTC.</summary>
    H4 = 240,

    /// <summary>One UTC day. Not the broker's trading day, which begins at 17:00 New York.</summary>
    D1 = 1440,
}

/// <summary>Boundaries and names of timeframes.</summary>
public static class Timeframes
{
    private const long MillisecondsPerMinute = 60_000;

    /// <summary>All of them, shortest first.</summary>
    public static IReadOnlyList<Timeframe> All { get; } =
    [Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.M30, Timeframe.H1, Timeframe.H4, Timeframe.D1];

    /// <summary>The length in milliseconds.</summary>
    public static long Milliseconds(this Timeframe timeframe) => (long)timeframe * MillisecondsPerMinute;

    /// <summary>When the candle that holds a moment begins; both in Unix milliseconds.</summary>
    public static long OpenOf(this Timeframe timeframe, long timestampMs)
    {
        var length = timeframe.Milliseconds();
        var into = timestampMs % length;
        return timestampMs - (into < 0 ? into + length : into);
    }

    /// <summary>Reads a name such as <c>M5</c>; upper or lower case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Timeframe timeframe)
    {
        foreach (var known in All)
        {
            if (string.Equals(known.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                timeframe = known;
                return true;
            }
        }

        timeframe = default;
        return false;
    }
}
