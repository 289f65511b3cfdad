using System.Globalization;
using Trading.Domain.Logs;

namespace Trading.Projections.TimeTravel;

/// <summary>A moment as somebody asks for it: a place in the journal, or a time.</summary>
public abstract record Moment
{
    private Moment() { }

    /// <summary>Right after the event at an offset; 0 is before all events.</summary>
    public sealed record AtOffset(Offset Offset) : Moment;

    /// <summary>After everything recorded up to a time, that time included.</summary>
    public sealed record AtTime(DateTimeOffset Time) : Moment;

    /// <summary>Reads a moment: a whole number is an offset, anything else an ISO 8601 time (UTC when it names no zone).
    /// Null when it is neither.</summary>
    public static Moment? Parse(string text)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return new AtOffset(new(offset));
        }

        return IsoTime.Read(text) is { } time ? new AtTime(time) : null;
    }
}
