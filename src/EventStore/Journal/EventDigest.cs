using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Journal;

/// <summary>The SHA-256 of all that a writer says in an event: what the chain binds together. Version and offset are not in
/// it; the chain adds them.</summary>
public static class EventDigest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private const byte Format = 1;
    private const int FixedSize = 1 + 16 + 16 + 16 + 8 + 8 + 1 + 32 + 2 + 2;

    /// <summary>The digest of an event as the journal holds it, computed anew.</summary>
    public static byte[] Of(RecordedEvent recorded)
    {
        var digest = new byte[Size];
        Compute(
            digest,
            recorded.Id,
            recorded.Stream,
            recorded.Type,
            recorded.User,
            recorded.OccurredAt,
            recorded.CorrelationId,
            recorded.CausationId,
            recorded.Epoch,
            recorded.Payload.Span
        );
        return digest;
    }

    /// <summary>Computes a digest over: format, event id, correlation, causation (each 16 bytes, big endian), epoch, occurred
    /// at in microseconds since 1970 (8 bytes each, big endian), 0 or 1 and the user key's 32 bytes, stream and type (each
    /// its length in 2 bytes, then UTF-8), payload.</summary>
    internal static void Compute(
        Span<byte> digest,
        EventId id,
        StreamName stream,
        string type,
        UserKey? user,
        DateTimeOffset occurredAt,
        Guid correlation,
        Guid causation,
        Epoch epoch,
        ReadOnlySpan<byte> payload
    )
    {
        var longest =
            FixedSize
            + Encoding.UTF8.GetMaxByteCount(stream.Value.Length)
            + Encoding.UTF8.GetMaxByteCount(type.Length)
            + payload.Length;
        var rented = ArrayPool<byte>.Shared.Rent(longest);
        var content = rented.AsSpan();
        content[0] = Format;
        id.Value.TryWriteBytes(content[1..], bigEndian: true, out _);
        correlation.TryWriteBytes(content[17..], bigEndian: true, out _);
        causation.TryWriteBytes(content[33..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(content[49..], epoch.Value);
        BinaryPrimitives.WriteInt64BigEndian(content[57..], PostgresTime.UnixMicroseconds(occurredAt));
        var at = 65;
        content[at++] = user is null ? (byte)0 : (byte)1;
        if (user is { } key)
        {
            Convert.FromHexString(key.Value, content[at..], out _, out var written);
            at += written;
        }

        at += WriteText(content[at..], stream.Value);
        at += WriteText(content[at..], type);
        payload.CopyTo(content[at..]);
        SHA256.HashData(content[..(at + payload.Length)], digest);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static int WriteText(Span<byte> to, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, to[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(to, checked((ushort)length));
        return length + 2;
    }
}
