using Trading.Domain.Logs;

namespace Trading.Domain.Ports;

/// <summary>A disposable cache of folded state: deleting all of it changes nothing but start-up time.</summary>
public interface ISnapshotStore
{
    /// <summary>The newest snapshot of the stream with exactly this schema, or null.</summary>
    ValueTask<Snapshot?> LoadAsync(StreamName stream, string schema, CancellationToken cancellation);

    /// <summary>Keeps a snapshot in place of the stream's older one.</summary>
    ValueTask SaveAsync(StreamName stream, string schema, Snapshot snapshot, CancellationToken cancellation);
}

/// <summary>State folded up to a version.</summary>
/// <param name="Version">The last event folded in.</param>
/// <param name="State">The bytes, in the form that the schema names.</param>
public sealed record Snapshot(StreamVersion Version, ReadOnlyMemory<byte> State);
