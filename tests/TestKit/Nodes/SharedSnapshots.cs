using System.Collections.Concurrent;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Snapshot;

namespace Trading.TestKit.Nodes;

/// <summary>What snapshot stores of several actor systems keep together: each snapshot as the bytes of its serializer.</summary>
public sealed class SharedSnapshots : Setup
{
    private readonly ConcurrentDictionary<string, Kept> _kept = new();

    /// <summary>Makes it the default snapshot store of a system that has this as a setup.</summary>
    public static Config Hocon { get; } =
        ConfigurationFactory.ParseString(
            $$"""
            akka.persistence.snapshot-store {
              plugin = "akka.persistence.snapshot-store.shared"
              shared {
                class = "{{typeof(Store).FullName}}, {{typeof(Store).Assembly.GetName().Name}}"
                circuit-breaker.call-timeout = 1d
              }
            }
            """
        );

    /// <summary>Changes the bytes that are kept under a name. False when none are.</summary>
    public bool Change(string name, Func<byte[], byte[]> change)
    {
        if (!_kept.TryGetValue(name, out var kept))
        {
            return false;
        }

        _kept[name] = kept with { Bytes = change(kept.Bytes) };
        return true;
    }

    private sealed record Kept(SnapshotMetadata Metadata, int Serializer, string Manifest, byte[] Bytes);

    /// <summary>Made by Akka.</summary>
    public sealed class Store : SnapshotStore
    {
        private readonly SharedSnapshots _shared = Context.System.Settings.Setup.Get<SharedSnapshots>().Value;
        private readonly Akka.Serialization.Serialization _serialization = Context.System.Serialization;

        /// <inheritdoc />
        protected override Task<SelectedSnapshot> LoadAsync(
            string persistenceId,
            SnapshotSelectionCriteria criteria,
            CancellationToken cancellationToken
        ) =>
            Task.FromResult(
                _shared._kept.TryGetValue(persistenceId, out var kept)
                    ? new SelectedSnapshot(
                        kept.Metadata,
                        _serialization.Deserialize(kept.Bytes, kept.Serializer, kept.Manifest)
                    )
                    : null!
            );

        /// <inheritdoc />
        protected override Task SaveAsync(
            SnapshotMetadata metadata,
            object snapshot,
            CancellationToken cancellationToken
        )
        {
            var serializer = _serialization.FindSerializerFor(snapshot);
            _shared._kept[metadata.PersistenceId] = new(
                metadata,
                serializer.Identifier,
                ((Akka.Serialization.SerializerWithStringManifest)serializer).Manifest(snapshot),
                serializer.ToBinary(snapshot)
            );
            return Task.CompletedTask;
        }

        /// <inheritdoc />
        protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        /// <inheritdoc />
        protected override Task DeleteAsync(
            string persistenceId,
            SnapshotSelectionCriteria criteria,
            CancellationToken cancellationToken
        ) => Task.CompletedTask;
    }
}
