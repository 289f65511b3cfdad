using System.Text.Json;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;

namespace Trading.Api.Projections;

/// <summary>All read models.</summary>
/// <param name="Projections">By name.</param>
internal sealed record ProjectionsAnswer(IReadOnlyList<ProjectionStatusAnswer> Projections);

/// <summary>One read model.</summary>
/// <param name="Name">For example accounts.</param>
/// <param name="State">live, catching_up, rebuilding, parked, stuck or stopped.</param>
/// <param name="Generation">The table that readers see.</param>
/// <param name="Version">The version of the code that filled it.</param>
/// <param name="Checkpoint">The offset it has reached.</param>
/// <param name="Head">The newest offset of its log.</param>
/// <param name="Gap">Events behind.</param>
/// <param name="LagSeconds">Time behind.</param>
/// <param name="Previous">The table that a rollback goes back to; null when there is none.</param>
/// <param name="Error">What went wrong last, if it has not gone well since.</param>
/// <param name="Parked">The streams set aside.</param>
/// <param name="Rebuild">The newest rebuild; null when there never was one.</param>
internal sealed record ProjectionStatusAnswer(
    string Name,
    string State,
    int Generation,
    int Version,
    long Checkpoint,
    long Head,
    long Gap,
    double LagSeconds,
    int? Previous,
    string? Error,
    IReadOnlyList<ParkedAnswer> Parked,
    RebuildStatusAnswer? Rebuild
);

/// <summary>A stream set aside.</summary>
/// <param name="Stream">Its name; users are named by key.</param>
/// <param name="Offset">The event that could not be folded.</param>
/// <param name="EventType">Its stored name.</param>
/// <param name="Reason">Why it could not be.</param>
internal sealed record ParkedAnswer(string Stream, long Offset, string EventType, string Reason)
{
    /// <summary>In the form of an answer.</summary>
    public static ParkedAnswer Of(ParkedStream parked) =>
        new(parked.Stream.Value, parked.Offset.Value, parked.EventType, parked.Reason);
}

/// <summary>A rebuild.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Projection">The read model.</param>
/// <param name="Kind">rebuild, upgrade or rollback.</param>
/// <param name="State">waiting, filling, verifying, paused, failed, done or cancelled.</param>
/// <param name="Generation">The table that is filled.</param>
/// <param name="Replaces">The table that was live when it was asked for.</param>
/// <param name="Checkpoint">The offset reached.</param>
/// <param name="Head">The newest offset of the log.</param>
/// <param name="PercentDone">0 to 100.</param>
/// <param name="EventsPerSecond">Lately.</param>
/// <param name="SecondsLeft">At this rate; null when it does not move.</param>
/// <param name="Verify">It is to be held against a fresh fold before the swap.</param>
/// <param name="Verified">It was, and no row differed.</param>
/// <param name="CancelAsked">It is to be given up.</param>
/// <param name="AskedBy">Who asked.</param>
/// <param name="AskedAt">When.</param>
/// <param name="EndedAt">When it was done or given up.</param>
/// <param name="Problem">Why it failed or was given up.</param>
internal sealed record RebuildStatusAnswer(
    long Id,
    string Projection,
    string Kind,
    string State,
    int Generation,
    int Replaces,
    long Checkpoint,
    long Head,
    double PercentDone,
    double EventsPerSecond,
    double? SecondsLeft,
    bool Verify,
    bool Verified,
    bool CancelAsked,
    string AskedBy,
    DateTimeOffset AskedAt,
    DateTimeOffset? EndedAt,
    string? Problem
)
{
    /// <summary>In the form of an answer.</summary>
    public static RebuildStatusAnswer Of(Rebuild rebuild) =>
        new(
            rebuild.Id,
            rebuild.Projection,
            Word(rebuild.Kind),
            Word(rebuild.State),
            rebuild.Generation,
            rebuild.Replaces,
            rebuild.Checkpoint.Value,
            rebuild.Head.Value,
            Math.Round(rebuild.Part * 100, 1),
            Math.Round(rebuild.Rate, 1),
            rebuild.Left is { } left ? Math.Round(left.TotalSeconds, 1) : null,
            rebuild.Verify,
            rebuild.Verified,
            rebuild.CancelAsked,
            rebuild.AskedBy,
            rebuild.AskedAt,
            rebuild.EndedAt,
            rebuild.Problem
        );

    /// <summary>An enumeration as answers spell it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>What is wanted of a rebuild.</summary>
/// <param name="Verify">Hold every row of the new table against a second, fresh fold before the swap.</param>
/// <param name="Rollback">Go back to the table that was live before, in the place of making a new one.</param>
internal sealed record RebuildWish(bool Verify = false, bool Rollback = false);
