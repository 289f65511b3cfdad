using System.Security.Cryptography;

namespace Trading.EventStore.Verification;

/// <summary>A Merkle tree over the hashes of the journal's batches (RFC 9162, 2.1): one root binds them all, and a few dozen
/// hashes show that one of them is in it. A leaf is the SHA-256 of a zero byte and the batch's hash, a node of a one byte and
/// its two parts. Takes leaves in order and holds one hash for each bit of their number.</summary>
internal sealed class MerkleTree
{
    private readonly List<byte[]> _peaks = [];

    /// <summary>How many leaves it has taken.</summary>
    public long Leaves { get; private set; }

    /// <summary>Takes the next batch's hash.</summary>
    public void Add(ReadOnlySpan<byte> batch)
    {
        var node = Leaf(batch);
        for (var full = Leaves; (full & 1) == 1; full >>= 1)
        {
            node = Node(_peaks[^1], node);
            _peaks.RemoveAt(_peaks.Count - 1);
        }

        _peaks.Add(node);
        Leaves++;
    }

    /// <summary>The root over all leaves taken so far.</summary>
    public byte[] Root()
    {
        if (_peaks.Count == 0)
        {
            return SHA256.HashData([]);
        }

        var root = _peaks[^1];
        for (var i = _peaks.Count - 2; i >= 0; i--)
        {
            root = Node(_peaks[i], root);
        }

        return root;
    }

    /// <summary>The parts of a tree whose roots, together with one leaf, give the tree's root: from the leaf upwards. Each is
    /// a run of leaves, from the first up to but not including the second number.</summary>
    public static IReadOnlyList<(long From, long Before)> PartsBeside(long leaf, long leaves)
    {
        var parts = new List<(long, long)>();
        var (from, before) = (0L, leaves);
        while (before - from > 1)
        {
            var split = from + HalfOf(before - from);
            if (leaf < split)
            {
                parts.Add((split, before));
                before = split;
            }
            else
            {
                parts.Add((from, split));
                from = split;
            }
        }

        parts.Reverse();
        return parts;
    }

    /// <summary>The root that follows from one batch's hash and the roots of <see cref="PartsBeside"/>; null when there are
    /// too few or too many of them.</summary>
    public static byte[]? RootFrom(ReadOnlySpan<byte> batch, long leaf, long leaves, IReadOnlyList<byte[]> beside)
    {
        if (leaf < 0 || leaf >= leaves)
        {
            return null;
        }

        var parts = PartsBeside(leaf, leaves);
        if (parts.Count != beside.Count)
        {
            return null;
        }

        var node = Leaf(batch);
        for (var i = 0; i < parts.Count; i++)
        {
            node = parts[i].From > leaf ? Node(node, beside[i]) : Node(beside[i], node);
        }

        return node;
    }

    private static byte[] Leaf(ReadOnlySpan<byte> batch)
    {
        Span<byte> content = stackalloc byte[1 + SHA256.HashSizeInBytes];
        if (batch.Length != SHA256.HashSizeInBytes)
        {
            // Only in a damaged journal: its root must differ, no more.
            return SHA256.HashData([0, .. batch]);
        }

        content[0] = 0;
        batch.CopyTo(content[1..]);
        return SHA256.HashData(content);
    }

    private static byte[] Node(byte[] left, byte[] right)
    {
        Span<byte> content = stackalloc byte[1 + (2 * SHA256.HashSizeInBytes)];
        content[0] = 1;
        left.CopyTo(content[1..]);
        right.CopyTo(content[(1 + left.Length)..]);
        return SHA256.HashData(content[..(1 + left.Length + right.Length)]);
    }

    // The largest power of two below a number.
    private static long HalfOf(long count) =>
        (long)(System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)count) >> 1);
}
