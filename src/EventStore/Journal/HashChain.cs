using System.Buffers.Binary;
using System.Security.Cryptography;
using Trading.Domain.Logs;

namespace Trading.EventStore.Journal;

/// <summary>The journal's chain, computed the way the append function does: a batch's hash is the SHA-256 of the hash before
/// it, its first offset, its number of events, the time it was recorded (microseconds since 1970), and of each event its
/// version and digest. Numbers are 8 bytes, big endian. A batch is gathered and hashed in one go: a call of the hash for each
/// of its small parts would cost several times the hashing. For one thread.</summary>
internal sealed class HashChain
{
    /// <summary>Bytes of one event in its batch: version and digest.</summary>
    public const int EventSize = 8 + EventDigest.Size;

    private const int HeaderSize = EventDigest.Size + 24;
    private byte[] _content = new byte[HeaderSize + (64 * EventSize)];
    private int _length;

    /// <summary>The hash before the first batch: 32 zero bytes.</summary>
    public static ReadOnlyMemory<byte> Start { get; } = new byte[EventDigest.Size];

    /// <summary>Begins a batch.</summary>
    /// <param name="before">The hash before it.</param>
    /// <param name="first">Its first offset.</param>
    /// <param name="count">How many events it has.</param>
    /// <param name="recordedAt">Microseconds since 1970.</param>
    public void Begin(ReadOnlySpan<byte> before, Offset first, long count, long recordedAt)
    {
        _length = 0;
        var header = Take(before.Length + 24);
        before.CopyTo(header);
        BinaryPrimitives.WriteInt64BigEndian(header[before.Length..], first.Value);
        BinaryPrimitives.WriteInt64BigEndian(header[(before.Length + 8)..], count);
        BinaryPrimitives.WriteInt64BigEndian(header[(before.Length + 16)..], recordedAt);
    }

    /// <summary>Adds the batch's next event.</summary>
    public void Add(long version, ReadOnlySpan<byte> digest)
    {
        var part = Take(8 + digest.Length);
        BinaryPrimitives.WriteInt64BigEndian(part, version);
        digest.CopyTo(part[8..]);
    }

    /// <summary>Adds several events as <see cref="Add"/> lays them out.</summary>
    public void AddAll(ReadOnlySpan<byte> events) => events.CopyTo(Take(events.Length));

    /// <summary>Ends the batch and gives its hash.</summary>
    public byte[] End() => SHA256.HashData(_content.AsSpan(0, _length));

    private Span<byte> Take(int size)
    {
        if (_content.Length < _length + size)
        {
            Array.Resize(ref _content, Math.Max(_length + size, _content.Length * 2));
        }

        _length += size;
        return _content.AsSpan(_length - size, size);
    }
}
