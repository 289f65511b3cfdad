using Microsoft.Extensions.Logging;
using Trading.Domain.Ports;

namespace Trading.Actors.Persistence;

/// <summary>What every actor stands on.</summary>
internal sealed record ActorEnvironment(
    IEventLog Log,
    ISnapshotStore Snapshots,
    TimeProvider Time,
    Random Random,
    ActorOptions Options,
    ActorMetrics Metrics,
    ILogger Logger
);

/// <summary>A later owner has claimed the stream.</summary>
internal sealed class StreamLostException() : Exception("A later owner has claimed the stream.");

/// <summary>A task of the actor beside its mailbox ended unexpectedly.</summary>
internal sealed class ActorPartFailedException(Exception cause) : Exception("A part of the actor failed.", cause);
