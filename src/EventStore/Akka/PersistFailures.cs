using Trading.Domain.Logs;

namespace Trading.EventStore.Akka;

/// <summary>Another incarnation of the actor has written meanwhile: nothing of this write is in the log. Who meets it has lost
/// its stream and must do nothing more.</summary>
public sealed class StreamConflictException(StreamName stream, StreamVersion expected, StreamVersion actual)
    : Exception($"Stream {stream} is at version {actual}, not at {expected}: another writer owns it.")
{
    /// <summary>The version that the writer had seen.</summary>
    public StreamVersion Expected { get; } = expected;

    /// <summary>The version that the stream has.</summary>
    public StreamVersion Actual { get; } = actual;
}

/// <summary>An event of the write is in the log already: nothing of this write is. An aggregate recognises a repeat from its
/// state; that it came as far as this is a fault in its rules.</summary>
public sealed class RepeatedEventException(StreamName stream, Offset at)
    : Exception($"An event for stream {stream} is in the log already, at offset {at}.")
{
    /// <summary>Where it stands.</summary>
    public Offset At { get; } = at;
}

/// <summary>What an actor persisted is no event of the log: it persists <see cref="EventEnvelope"/> and nothing else.</summary>
public sealed class NotAnEventException(string message) : Exception(message);
