using Trading.Domain.Logs;

namespace Trading.Projections.Rebuilding;

/// <summary>Why a table is being filled.</summary>
public enum RebuildKind
{
    /// <summary>An operator wants the table made anew by the same code.</summary>
    Rebuild,

    /// <summary>The program has a newer version of the read model.</summary>
    Upgrade,

    /// <summary>The table that was live before is brought up to date, to be live again.</summary>
    Rollback,
}

/// <summary>Where a rebuild is.</summary>
public enum RebuildState
{
    /// <summary>Asked for; nobody has begun.</summary>
    Waiting,

    /// <summary>Folding the log into the new table.</summary>
    Filling,

    /// <summary>Holding the new table against a fresh fold.</summary>
    Verifying,

    /// <summary>Interrupted by whoever ran it; goes on when asked for again.</summary>
    Paused,

    /// <summary>Ended without a swap; goes on where it was when asked for again.</summary>
    Failed,

    /// <summary>Readers see the new table.</summary>
    Done,

    /// <summary>Given up; the new table is gone.</summary>
    Cancelled,
}

/// <summary>One rebuild of a read model, as the database has it.</summary>
public sealed record Rebuild
{
    /// <summary>Its number, unique in the database.</summary>
    public required long Id { get; init; }

    /// <summary>The read model, for example <c>accounts</c>.</summary>
    public required string Projection { get; init; }

    /// <summary>Why.</summary>
    public required RebuildKind Kind { get; init; }

    /// <summary>Where it is.</summary>
    public required RebuildState State { get; init; }

    /// <summary>The generation that is filled.</summary>
    public required int Generation { get; init; }

    /// <summary>The generation that was live when it was asked for.</summary>
    public required int Replaces { get; init; }

    /// <summary>The new table is to be held against a fresh fold before the swap.</summary>
    public required bool Verify { get; init; }

    /// <summary>That has been done, and no row differed.</summary>
    public required bool Verified { get; init; }

    /// <summary>Who asked.</summary>
    public required string AskedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset AskedAt { get; init; }

    /// <summary>When somebody first worked on it; null before.</summary>
    public required DateTimeOffset? BeganAt { get; init; }

    /// <summary>When it last told how far it is.</summary>
    public required DateTimeOffset MovedAt { get; init; }

    /// <summary>When it was done or given up; null before.</summary>
    public required DateTimeOffset? EndedAt { get; init; }

    /// <summary>The offset that the new table, or when verifying the fresh fold, has reached.</summary>
    public required Offset Checkpoint { get; init; }

    /// <summary>The newest offset of the log.</summary>
    public required Offset Head { get; init; }

    /// <summary>Events a second, lately.</summary>
    public required double Rate { get; init; }

    /// <summary>It is to be given up.</summary>
    public required bool CancelAsked { get; init; }

    /// <summary>Why it failed or was given up; otherwise null.</summary>
    public required string? Problem { get; init; }

    /// <summary>Done or given up: nothing more will happen.</summary>
    public bool IsEnded => State is RebuildState.Done or RebuildState.Cancelled;

    /// <summary>Somebody works on it, or will without being asked again.</summary>
    public bool IsUnderWay => State is RebuildState.Waiting or RebuildState.Filling or RebuildState.Verifying;

    /// <summary>The part done, 0 to 1.</summary>
    public double Part => Head.Value == 0 ? 1 : Math.Min(1, (double)Checkpoint.Value / Head.Value);

    /// <summary>How much longer at this rate; null when it does not move.</summary>
    public TimeSpan? Left =>
        !IsUnderWay || Rate <= 0
            ? null
            : TimeSpan.FromSeconds(
                Math.Min(TimeSpan.MaxValue.TotalSeconds / 2, (Head.Value - Checkpoint.Value) / Rate)
            );
}

/// <summary>What is wanted of a rebuild.</summary>
/// <param name="Verify">Hold the new table against a fresh fold before the swap.</param>
/// <param name="Rollback">Go back to the table that was live before, in the place of making a new one.</param>
/// <param name="AskedBy">Who wants it; shown to others.</param>
public sealed record RebuildRequest(bool Verify, bool Rollback, string AskedBy);

/// <summary>What became of asking for a rebuild.</summary>
public abstract record RebuildAnswer
{
    private RebuildAnswer() { }

    /// <summary>It is asked for, or goes on where it was.</summary>
    public sealed record Accepted(Rebuild Rebuild) : RebuildAnswer;

    /// <summary>Another one is under way.</summary>
    public sealed record Busy(Rebuild Rebuild) : RebuildAnswer;

    /// <summary>It cannot be done; <paramref name="Reason"/> is for people.</summary>
    public sealed record Refused(string Reason) : RebuildAnswer;

    /// <summary>There is no such read model.</summary>
    public sealed record Unknown : RebuildAnswer;
}
