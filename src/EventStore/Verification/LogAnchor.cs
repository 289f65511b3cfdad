using System.Buffers.Binary;
using System.Text;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>What the journal was at one moment, to be kept where those who can write the database cannot reach. Whoever
/// rewrites history can make a new chain that fits itself, but not one that fits this.</summary>
public sealed record LogAnchor
{
    /// <summary>Which journal: the hash of its first batch. Empty when not known: only the hash is then compared.</summary>
    public required ReadOnlyMemory<byte> Log { get; init; }

    /// <summary>The last event it covers, where a batch ends; 0 for an empty journal.</summary>
    public required Offset Offset { get; init; }

    /// <summary>The chain's hash there: 32 bytes.</summary>
    public required ReadOnlyMemory<byte> Hash { get; init; }

    /// <summary>How many batches there are up to it.</summary>
    public required long Batches { get; init; }

    /// <summary>The root of the Merkle tree (RFC 9162) over the hashes of those batches: what proofs of single events lead to.
    /// Empty when not known.</summary>
    public required ReadOnlyMemory<byte> Root { get; init; }

    /// <summary>When its last batch was recorded; whole microseconds.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>When the anchor was made; whole microseconds.</summary>
    public required DateTimeOffset AnchoredAt { get; init; }

    /// <summary>An anchor of which only place and hash are known.</summary>
    public static LogAnchor Of(Offset offset, ReadOnlyMemory<byte> hash) =>
        new()
        {
            Log = default,
            Offset = offset,
            Hash = hash,
            Batches = 0,
            Root = default,
            RecordedAt = DateTimeOffset.UnixEpoch,
            AnchoredAt = DateTimeOffset.UnixEpoch,
        };

    /// <summary>What is signed: the text <c>trading-anchor/1</c> and a zero byte, then log, hash and root (32 bytes each), then
    /// offset, batches, recorded at and anchored at (8 bytes each, big endian; times in microseconds since 1970).</summary>
    public byte[] ToSign()
    {
        byte[] name = [.. Encoding.ASCII.GetBytes("trading-anchor/1"), 0];
        var bytes = new byte[name.Length + Log.Length + Hash.Length + Root.Length + 32];
        var at = 0;
        foreach (var part in (ReadOnlySpan<ReadOnlyMemory<byte>>)[name, Log, Hash, Root])
        {
            part.CopyTo(bytes.AsMemory(at));
            at += part.Length;
        }

        foreach (
            var number in (ReadOnlySpan<long>)
                [
                    Offset.Value,
                    Batches,
                    PostgresTime.UnixMicroseconds(RecordedAt),
                    PostgresTime.UnixMicroseconds(AnchoredAt),
                ]
        )
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(at), number);
            at += 8;
        }

        return bytes;
    }
}
