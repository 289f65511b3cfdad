using Trading.Domain.Logs;

namespace Trading.EventStore;

/// <summary>The database could not be reached, or kept failing, until the deadline. Whether the events are in the log is
/// not known: append them again with the same ids, and a <see cref="AppendOutcome.Duplicate"/> tells that they were.</summary>
public sealed class LogUnavailableException(string message, Exception inner) : Exception(message, inner);

/// <summary>The log is not what it must be: an event is missing or stands in the wrong place. Reading stops here; the
/// <c>verify</c> tool says more.</summary>
public sealed class LogDamagedException(string message) : Exception(message);

/// <summary>A reader asked for what comes after an offset that the log has not reached: its checkpoint belongs to another
/// or a longer log (for example, to the one before a restore from a backup).</summary>
public sealed class OffsetBeyondHeadException(string log, Offset asked, Offset head)
    : Exception(
        $"The {log} ends at offset {head}, but a reader has a checkpoint at {asked}. The log was probably restored from an "
            + "older backup: rebuild what was read from it, or restore the newer log."
    )
{
    /// <summary>The offset asked for.</summary>
    public Offset Asked { get; } = asked;

    /// <summary>Where the log ends.</summary>
    public Offset Head { get; } = head;
}
