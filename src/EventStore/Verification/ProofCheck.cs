using System.Security.Cryptography;
using System.Text;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;

namespace Trading.EventStore.Verification;

/// <summary>Checks proofs. Needs nothing but the proof and an anchor whose signature was found right: no database, no
/// network.</summary>
public static class ProofCheck
{
    /// <summary>What a proof shows when it is held against an anchor.</summary>
    public static ProofVerdict Check(EventProof proof, LogAnchor anchor)
    {
        var (batch, path) = (proof.Batch, proof.Path);
        if (proof.Format != EventProof.Form)
        {
            return Refuse($"A proof of form '{proof.Format}' is not known here.");
        }

        if (anchor.Root.IsEmpty)
        {
            return Refuse("The anchor has no root: proofs need the file that the verb anchor writes.");
        }

        var events = batch.Events.Length / HashChain.EventSize;
        var place = proof.Offset - batch.First;
        if (batch.Events.Length % HashChain.EventSize != 0 || place < 0 || place >= events)
        {
            return Refuse($"The batch does not hold offset {proof.Offset}.");
        }

        if (batch.First + events - 1 > anchor.Offset.Value)
        {
            return Refuse($"The anchor at {anchor.Offset} is older than the event.");
        }

        Span<byte> expected = stackalloc byte[HashChain.EventSize];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(expected, proof.Version);
        SHA256.HashData(proof.Content, expected[8..]);
        if (!batch.Events.AsSpan((int)place * HashChain.EventSize, HashChain.EventSize).SequenceEqual(expected))
        {
            return Refuse("The event is not the one that was recorded at this place of the batch.");
        }

        var chain = new HashChain();
        chain.Begin(batch.Previous, new(batch.First), events, batch.RecordedAt);
        chain.AddAll(batch.Events);
        if (path.Leaves != anchor.Batches || path.AnchorOffset != anchor.Offset.Value)
        {
            return Refuse($"The proof was made for an anchor at {path.AnchorOffset}, not for this one.");
        }

        var root = MerkleTree.RootFrom(chain.End(), path.Leaf, path.Leaves, path.Beside);
        if (root is null || !root.AsSpan().SequenceEqual(anchor.Root.Span))
        {
            return Refuse("The batch is not among those that the anchor was made of.");
        }

        return EventContent.TryRead(proof.Content, out var content)
            ? new ProofVerdict.Proven(Read(proof, content))
            : Refuse("The event's content is of a form that this version does not know.");
    }

    private static ProofVerdict.Refused Refuse(string reason) => new(reason);

    private static RecordedEvent Read(EventProof proof, EventContent content) =>
        new()
        {
            Offset = new(proof.Offset),
            Version = new(proof.Version),
            Id = new(new Guid(content.Id, bigEndian: true)),
            CorrelationId = new(content.Correlation, bigEndian: true),
            CausationId = new(content.Causation, bigEndian: true),
            OccurredAt = DateTimeOffset.UnixEpoch.AddMicroseconds(content.OccurredAt),
            RecordedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(proof.Batch.RecordedAt),
            User = content.User.IsEmpty ? null : UserKey.Parse(Convert.ToHexStringLower(content.User)),
            Stream = StreamName.Parse(Encoding.UTF8.GetString(content.Stream)),
            Type = Encoding.UTF8.GetString(content.Type),
            Payload = content.Payload.ToArray(),
            Digest = SHA256.HashData(proof.Content),
        };
}

/// <summary>What came of checking a proof.</summary>
public abstract record ProofVerdict
{
    private ProofVerdict() { }

    /// <summary>The event stood in the anchored journal exactly so.</summary>
    /// <param name="Event">As the proof states it, and nothing else.</param>
    public sealed record Proven(RecordedEvent Event) : ProofVerdict;

    /// <summary>It shows nothing.</summary>
    /// <param name="Reason">In words.</param>
    public sealed record Refused(string Reason) : ProofVerdict;
}
