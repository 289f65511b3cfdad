namespace Trading.Domain.Logs;

/// <summary>Events of one stream, appended together or not at all.</summary>
public sealed record AppendRequest
{
    /// <summary>The stream.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>The version the writer has seen; null to append whatever the version.</summary>
    public required StreamVersion? ExpectedVersion { get; init; }

    /// <summary>At least one and at most <see cref="MaxEvents"/>.</summary>
    public required IReadOnlyList<EventEnvelope> Events { get; init; }

    /// <summary>Most events in one request.</summary>
    public const int MaxEvents = 10_000;
}

/// <summary>What became of one append. Every outcome is an answer; none is an exception.</summary>
public abstract record AppendOutcome
{
    private AppendOutcome() { }

    /// <summary>Committed to disk. <paramref name="Last"/> and <paramref name="Version"/> are those of the last event.</summary>
    public sealed record Appended(Offset Last, StreamVersion Version) : AppendOutcome;

    /// <summary>The stream has another version than the writer expected; nothing was written.</summary>
    public sealed record Conflict(StreamVersion Expected, StreamVersion Actual) : AppendOutcome;

    /// <summary>A later owner has claimed the feed; nothing was written and this writer must stop. The market log's answer
    /// alone.</summary>
    public sealed record Fenced(Epoch Current) : AppendOutcome;

    /// <summary>An event with the id of one of these is in the log already; nothing was written. <paramref name="At"/> is where
    /// it stands, the last of them when there are several.</summary>
    public sealed record Duplicate(Offset At) : AppendOutcome;
}
