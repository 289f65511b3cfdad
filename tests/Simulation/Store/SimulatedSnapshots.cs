using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.Store;

/// <summary>The table of snapshots in the database, which outlives every process.</summary>
internal class SnapshotTable
{
    private readonly Dictionary<string, SortedDictionary<long, KeptSnapshot>> _kept = new(StringComparer.Ordinal);

    /// <summary>Keeps one.</summary>
    public virtual void Save(string id, long sequenceNumber, KeptSnapshot snapshot) =>
        Of(id)[sequenceNumber] = snapshot;

    /// <summary>The newest between two sequence numbers, both included.</summary>
    public (long SequenceNumber, KeptSnapshot Snapshot)? Newest(string id, long from, long to) =>
        Of(id).Where(pair => pair.Key >= from && pair.Key <= to).Select(pair => (pair.Key, pair.Value)) is { } found
        && found.Any()
            ? found.Last()
            : null;

    /// <summary>Forgets those between two sequence numbers, both included.</summary>
    public int Delete(string id, long from, long to)
    {
        var gone = Of(id).Keys.Where(number => number >= from && number <= to).ToArray();
        Array.ForEach(gone, number => Of(id).Remove(number));
        return gone.Length;
    }

    /// <summary>Forgets all.</summary>
    public void Clear() => _kept.Clear();

    private SortedDictionary<long, KeptSnapshot> Of(string id) =>
        _kept.TryGetValue(id, out var kept) ? kept : _kept[id] = [];
}

/// <summary>A snapshot as it is kept.</summary>
internal sealed record KeptSnapshot(byte[] State, int Serializer, string Manifest);

/// <summary>Tells <see cref="SimulatedSnapshotStore"/> where the table is.</summary>
internal sealed class SnapshotSetup(Strand strand, SnapshotTable table, Network network) : Setup
{
    /// <summary>Makes it the snapshot store of an actor system.</summary>
    public static Config Hocon { get; } =
        ConfigurationFactory.ParseString(
            $$"""
            akka.persistence.snapshot-store {
              plugin = "akka.persistence.snapshot-store.simulated"
              simulated {
                class = "{{typeof(SimulatedSnapshotStore).FullName}}, {{typeof(SimulatedSnapshotStore)
                .Assembly.GetName()
                .Name}}"
                circuit-breaker { max-failures = 2147483647, call-timeout = infinite, reset-timeout = 1s }
              }
            }
            """
        );

    /// <summary>Asks the database.</summary>
    public Task<T> AskAsync<T>(Func<SnapshotTable, T> serve) =>
        network.CallAsync(strand, () => serve(table), CancellationToken.None);
}

/// <summary>Akka's snapshot store as one process reaches it: over a network, in bytes.</summary>
internal sealed class SimulatedSnapshotStore : SnapshotStore
{
    private readonly SnapshotSetup _database = Context.System.Settings.Setup.Get<SnapshotSetup>().Value;
    private readonly Akka.Serialization.Serialization _serialization = Context.System.Serialization;

    /// <inheritdoc/>
    protected override async Task<SelectedSnapshot?> LoadAsync(
        string persistenceId,
        SnapshotSelectionCriteria criteria,
        CancellationToken cancellationToken
    ) =>
        await _database.AskAsync(table => table.Newest(persistenceId, criteria.MinSequenceNr, criteria.MaxSequenceNr))
            is var (number, kept)
            ? new(
                new SnapshotMetadata(persistenceId, number, criteria.MaxTimeStamp),
                _serialization.Deserialize(kept.State, kept.Serializer, kept.Manifest)
            )
            : null;

    /// <inheritdoc/>
    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken)
    {
        var serializer = _serialization.FindSerializerFor(snapshot);
        var kept = new KeptSnapshot(
            serializer.ToBinary(snapshot),
            serializer.Identifier,
            Akka.Serialization.Serialization.ManifestFor(serializer, snapshot)
        );
        return _database.AskAsync(table =>
        {
            table.Save(metadata.PersistenceId, metadata.SequenceNr, kept);
            return true;
        });
    }

    /// <inheritdoc/>
    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) =>
        _database.AskAsync(table => table.Delete(metadata.PersistenceId, metadata.SequenceNr, metadata.SequenceNr));

    /// <inheritdoc/>
    protected override Task DeleteAsync(
        string persistenceId,
        SnapshotSelectionCriteria criteria,
        CancellationToken cancellationToken
    ) => _database.AskAsync(table => table.Delete(persistenceId, criteria.MinSequenceNr, criteria.MaxSequenceNr));
}
