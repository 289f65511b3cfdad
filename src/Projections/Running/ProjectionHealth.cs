using Trading.Domain.Liveness;
using Trading.Domain.Logs;

namespace Trading.Projections.Running;

/// <summary>What a projection is doing.</summary>
public enum ProjectionState
{
    /// <summary>Not running yet, or no more.</summary>
    Stopped,

    /// <summary>Another node runs it; this one takes over when that one goes.</summary>
    Standby,

    /// <summary>Filling empty tables from the start of the log.</summary>
    Rebuilding,

    /// <summary>Behind, and making progress.</summary>
    CatchingUp,

    /// <summary>At the head of the log, or within a second of it.</summary>
    Live,

    /// <summary>Running, but at least one stream is set aside because of an event that cannot be folded.</summary>
    Parked,

    /// <summary>Behind or failing without progress, so long that it shows within ten seconds.</summary>
    Stuck,
}

/// <summary>How a projection is doing.</summary>
public sealed record ProjectionHealth
{
    /// <summary>Name and version, for example <c>accounts@1</c>.</summary>
    public required string Projection { get; init; }

    /// <summary>What it is doing; the worst of what applies.</summary>
    public required ProjectionState State { get; init; }

    /// <summary>Since when it is stuck; null when it is not.</summary>
    public DateTimeOffset? StuckSince { get; init; }

    /// <summary>The offset its tables have reached.</summary>
    public required Offset Checkpoint { get; init; }

    /// <summary>The newest offset of its log, as far as known.</summary>
    public required Offset Head { get; init; }

    /// <summary>Events behind.</summary>
    public long Gap => Math.Max(0, Head.Value - Checkpoint.Value);

    /// <summary>Time behind.</summary>
    public required TimeSpan Lag { get; init; }

    /// <summary>Events a second since the run began.</summary>
    public required double Rate { get; init; }

    /// <summary>The streams set aside.</summary>
    public required IReadOnlyList<ParkedStream> Parked { get; init; }

    /// <summary>The same in the words that every part of the system has.</summary>
    public Vital Vital =>
        new(
            VitalKind.Projection,
            Projection,
            State switch
            {
                ProjectionState.Stopped or ProjectionState.CatchingUp => VitalState.CatchingUp,
                ProjectionState.Rebuilding => VitalState.Rebuilding,
                ProjectionState.Parked => VitalState.Parked,
                ProjectionState.Stuck => VitalState.Stuck,
                // What stands by follows the one that runs.
                _ => VitalState.Live,
            }
        )
        {
            Since = StuckSince,
            Detail = Error ?? (Gap > 0 ? $"{Gap} events behind" : ""),
        };

    /// <summary>What went wrong last, if it has not gone well since; otherwise null. Shows no data.</summary>
    public required string? Error { get; init; }
}

/// <summary>A stream that a projection has set aside: its rows stay as they were before the event.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Offset">The event that could not be folded.</param>
/// <param name="Version">That event's place in the stream; 0 in the market log.</param>
/// <param name="EventId">That event's id; null in the market log.</param>
/// <param name="EventType">Its stored name.</param>
/// <param name="Reason">Why it could not be folded.</param>
public sealed record ParkedStream(
    StreamName Stream,
    Offset Offset,
    StreamVersion Version,
    EventId? EventId,
    string EventType,
    string Reason
);
