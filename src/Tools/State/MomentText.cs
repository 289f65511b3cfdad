using Trading.EventStore;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.State;

/// <summary>Reads moments as people type them.</summary>
internal static class MomentText
{
    /// <summary>What a moment may look like.</summary>
    public const string Explained = "an offset of the journal, or an ISO 8601 time (UTC when it names no zone)";

    /// <summary>A time, and nothing else.</summary>
    /// <exception cref="ToolException">The text is none.</exception>
    public static DateTimeOffset Time(string text, string option) =>
        Moment.Parse(text) is Moment.AtTime at
            ? at.Time
            : throw new ToolException($"{option} is an ISO 8601 time, for example 2026-01-15T12:00:00Z: not '{text}'.");

    /// <summary>The place of a moment in the journal; of no text, now.</summary>
    /// <exception cref="ToolException">The text is no moment, or the moment has not come.</exception>
    public static async Task<AsOf> FindAsync(
        PostgresLogs logs,
        string? text,
        string option,
        CancellationToken cancellation
    )
    {
        var moments = new Moments(logs.Journal, logs.Journal, TimeProvider.System);
        if (text is null)
        {
            return await moments.NowAsync(cancellation);
        }

        var moment = Moment.Parse(text) ?? throw new ToolException($"{option} is {Explained}: not '{text}'.");
        return await moments.FindAsync(moment, cancellation)
            ?? throw new ToolException(
                $"{option}={text} has not come yet: the journal ends at {await logs.Journal.HeadAsync(cancellation)}."
            );
    }
}
