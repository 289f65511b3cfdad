using System.Collections.Concurrent;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.EventStore.InMemory;

/// <summary>Snapshots in memory.</summary>
public sealed class InMemorySnapshotStore : ISnapshotStore
{
    private readonly ConcurrentDictionary<(StreamName Stream, string Schema), Snapshot> _kept = new();

    /// <inheritdoc/>
    public ValueTask<Snapshot?> LoadAsync(StreamName stream, string schema, CancellationToken cancellation) =>
        ValueTask.FromResult(_kept.GetValueOrDefault((stream, schema)));

    /// <summary>Keeps a snapshot in place of the stream's older one; a newer one stays.</summary>
    public ValueTask SaveAsync(StreamName stream, string schema, Snapshot snapshot, CancellationToken cancellation)
    {
        var own = snapshot with { State = snapshot.State.ToArray() };
        _kept.AddOrUpdate((stream, schema), own, (_, kept) => kept.Version.Value < own.Version.Value ? own : kept);
        return ValueTask.CompletedTask;
    }
}
