using System.Globalization;
using Trading.Projections.TimeTravel;

namespace Trading.Api.Market;

/// <summary>Reads a moment as clients write it: Unix seconds, Unix milliseconds, or ISO 8601 (UTC when it names no zone).
/// </summary>
internal static class TimeArgument
{
    // As seconds this is the year 5138, as milliseconds it is 1973: no client means either the other way.
    private const long FirstMilliseconds = 100_000_000_000;

    /// <summary>Unix milliseconds, or null when the text is no moment.</summary>
    public static long? Read(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number < FirstMilliseconds ? number * 1_000
                : number <= 253_402_300_799_999 ? number
                : null;
        }

        return IsoTime.Read(text)?.ToUnixTimeMilliseconds();
    }
}
