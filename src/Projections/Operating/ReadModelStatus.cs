using Trading.Domain.Logs;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;

namespace Trading.Projections.Operating;

/// <summary>One read model, as the database has it: the same whichever process asks.</summary>
public sealed record ReadModelStatus
{
    /// <summary>For example <c>accounts</c>.</summary>
    public required string Projection { get; init; }

    /// <summary>The number of the table that readers see.</summary>
    public required int Generation { get; init; }

    /// <summary>The version of the code that filled it.</summary>
    public required int Version { get; init; }

    /// <summary>The offset it has reached.</summary>
    public required Offset Checkpoint { get; init; }

    /// <summary>When it last moved.</summary>
    public required DateTimeOffset MovedAt { get; init; }

    /// <summary>The newest offset of its log.</summary>
    public required Offset Head { get; init; }

    /// <summary>Events behind.</summary>
    public long Gap => Math.Max(0, Head.Value - Checkpoint.Value);

    /// <summary>The table that was live before and can be gone back to; null when there is none.</summary>
    public required int? Previous { get; init; }

    /// <summary>The streams set aside.</summary>
    public required IReadOnlyList<ParkedStream> Parked { get; init; }

    /// <summary>The newest rebuild, whatever became of it; null when there never was one.</summary>
    public required Rebuild? Rebuild { get; init; }
}
