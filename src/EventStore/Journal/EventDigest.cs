using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Journal;

/// <summary>The SHA-256 of all that a writer says in an event (<see cref="EventContent"/>): what the chain binds together.
/// Version and offset are not in it; the chain adds them.</summary>
public static class EventDigest
{
    /// <summary>Bytes of a digest.</summary>
    public const int Size = SHA256.HashSizeInBytes;

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
            recorded.Payload.Span
        );
        return digest;
    }

    internal static void Compute(
        Span<byte> digest,
        EventId id,
        StreamName stream,
        string type,
        UserKey? user,
        DateTimeOffset occurredAt,
        Guid correlation,
        Guid causation,
        ReadOnlySpan<byte> payload
    )
    {
        Span<byte> ids = stackalloc byte[48];
        id.Value.TryWriteBytes(ids, bigEndian: true, out _);
        correlation.TryWriteBytes(ids[16..], bigEndian: true, out _);
        causation.TryWriteBytes(ids[32..], bigEndian: true, out _);
        Span<byte> key = stackalloc byte[EventContent.UserKeySize];
        if (user is { } known)
        {
            Convert.FromHexString(known.Value, key, out _, out _);
        }

        var names = ArrayPool<byte>.Shared.Rent(
            Encoding.UTF8.GetMaxByteCount(stream.Value.Length) + Encoding.UTF8.GetMaxByteCount(type.Length)
        );
        var streamBytes = Encoding.UTF8.GetBytes(stream.Value, names);
        var typeBytes = Encoding.UTF8.GetBytes(type, names.AsSpan(streamBytes));
        var parts = new EventContent
        {
            Id = ids[..16],
            Correlation = ids[16..32],
            Causation = ids[32..],
            OccurredAt = PostgresTime.UnixMicroseconds(occurredAt),
            User = user is null ? default : key,
            Stream = names.AsSpan(0, streamBytes),
            Type = names.AsSpan(streamBytes, typeBytes),
            Payload = payload,
        };
        var content = ArrayPool<byte>.Shared.Rent(parts.Length);
        Sha256.Hash(content.AsSpan(0, parts.Write(content)), digest);
        ArrayPool<byte>.Shared.Return(content);
        ArrayPool<byte>.Shared.Return(names);
    }
}
