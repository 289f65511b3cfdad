using System.Buffers.Binary;

namespace Trading.EventStore.Journal;

/// <summary>What a writer says in an event, laid out as one run of bytes: format (1 byte), event id, correlation, causation
/// (16 bytes each, big endian), occurred at in microseconds since 1970 (8 bytes, big endian), 0 or 1 and the user
/// key's 32 bytes, stream and type (each its length in 2 bytes, then UTF-8), payload.</summary>
internal ref struct EventContent
{
    public const int UserKeySize = 32;

    private const byte Format = 2;
    private const int Guid = 16;
    private const int UserFlag = 1 + (3 * Guid) + 8;
    private const int FixedSize = 1 + (3 * Guid) + 8 + 1 + 2 + 2;

    public required ReadOnlySpan<byte> Id { get; init; }

    public required ReadOnlySpan<byte> Correlation { get; init; }

    public required ReadOnlySpan<byte> Causation { get; init; }

    /// <summary>Microseconds since 1970.</summary>
    public required long OccurredAt { get; init; }

    /// <summary>32 bytes, or none.</summary>
    public required ReadOnlySpan<byte> User { get; init; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlySpan<byte> Stream { get; init; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlySpan<byte> Type { get; init; }

    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>How many bytes <see cref="Write"/> writes.</summary>
    public readonly int Length => FixedSize + User.Length + Stream.Length + Type.Length + Payload.Length;

    /// <summary>Lays the content out; gives its length.</summary>
    public readonly int Write(Span<byte> to)
    {
        to[0] = Format;
        var at = 1;
        at += Copy(Id, to[at..]);
        at += Copy(Correlation, to[at..]);
        at += Copy(Causation, to[at..]);
        BinaryPrimitives.WriteInt64BigEndian(to[at..], OccurredAt);
        at += 8;
        to[at++] = User.IsEmpty ? (byte)0 : (byte)1;
        at += Copy(User, to[at..]);
        at += WriteText(Stream, to[at..]);
        at += WriteText(Type, to[at..]);
        return at + Copy(Payload, to[at..]);
    }

    /// <summary>Reads what <see cref="Write"/> wrote; false when the bytes are of another form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out EventContent content)
    {
        content = default!;
        if (from.Length < FixedSize || from[0] != Format || from[UserFlag] > 1)
        {
            return false;
        }

        var at = UserFlag + 1;
        var user = from[UserFlag] == 1 ? UserKeySize : 0;
        if (from.Length < FixedSize + user)
        {
            return false;
        }

        var key = from.Slice(at, user);
        at += user;
        if (!TryReadText(from, ref at, out var stream) || !TryReadText(from, ref at, out var type))
        {
            return false;
        }

        content = new()
        {
            Id = from.Slice(1, Guid),
            Correlation = from.Slice(1 + Guid, Guid),
            Causation = from.Slice(1 + (2 * Guid), Guid),
            OccurredAt = BinaryPrimitives.ReadInt64BigEndian(from[(1 + (3 * Guid))..]),
            User = key,
            Stream = stream,
            Type = type,
            Payload = from[at..],
        };
        return true;
    }

    private static int Copy(ReadOnlySpan<byte> bytes, Span<byte> to)
    {
        bytes.CopyTo(to);
        return bytes.Length;
    }

    private static int WriteText(ReadOnlySpan<byte> utf8, Span<byte> to)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, checked((ushort)utf8.Length));
        utf8.CopyTo(to[2..]);
        return utf8.Length + 2;
    }

    private static bool TryReadText(ReadOnlySpan<byte> from, scoped ref int at, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (from.Length < at + 2)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(from[at..]);
        if (from.Length < at + 2 + length)
        {
            return false;
        }

        text = from.Slice(at + 2, length);
        at += 2 + length;
        return true;
    }
}
