using System.Buffers.Binary;
using System.Security.Cryptography;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Journal;

/// <summary>The journal's chain, computed the way the append function does: a batch's hash is the SHA-256 of the hash before
/// it, its first offset, its number of events, the time it was recorded (microseconds since 1970), and of each event its
/// version and digest. Numbers are 8 bytes, big endian.</summary>
public sealed class HashChain : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The hash before the first batch: 32 zero bytes.</summary>
    public static ReadOnlyMemory<byte> Start { get; } = new byte[EventDigest.Size];

    /// <summary>Begins a batch.</summary>
    public void Begin(ReadOnlySpan<byte> before, Offset first, long count, DateTimeOffset recordedAt)
    {
        Span<byte> numbers = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(numbers, first.Value);
        BinaryPrimitives.WriteInt64BigEndian(numbers[8..], count);
        BinaryPrimitives.WriteInt64BigEndian(numbers[16..], PostgresTime.UnixMicroseconds(recordedAt));
        _hash.AppendData(before);
        _hash.AppendData(numbers);
    }

    /// <summary>Adds the batch's next event.</summary>
    public void Add(StreamVersion version, ReadOnlySpan<byte> digest)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, version.Value);
        _hash.AppendData(number);
        _hash.AppendData(digest);
    }

    /// <summary>Ends the batch and gives its hash.</summary>
    public byte[] End() => _hash.GetHashAndReset();

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
