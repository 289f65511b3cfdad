using System.Buffers.Binary;

namespace Trading.Domain.Logs;

/// <summary>A place in a log: dense, the first event is 1; 0 stands before all events. In the market log every tick has
/// its own offset.</summary>
public readonly record struct Offset(long Value) : IComparable<Offset>
{
    /// <summary>Before the first event.</summary>
    public static Offset Start => default;

    /// <summary>The place <paramref name="count"/> events further on.</summary>
    public Offset Plus(long count) => new(Value + count);

    /// <inheritdoc/>
    public int CompareTo(Offset other) => Value.CompareTo(other.Value);

    /// <summary>Stands earlier in the log.</summary>
    public static bool operator <(Offset left, Offset right) => left.Value < right.Value;

    /// <summary>Stands later in the log.</summary>
    public static bool operator >(Offset left, Offset right) => left.Value > right.Value;

    /// <summary>Stands earlier or at the same place.</summary>
    public static bool operator <=(Offset left, Offset right) => left.Value <= right.Value;

    /// <summary>Stands later or at the same place.</summary>
    public static bool operator >=(Offset left, Offset right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>The count of a stream's events; 0 for a stream without any.</summary>
public readonly record struct StreamVersion(long Value)
{
    /// <summary>No event yet.</summary>
    public static StreamVersion None => default;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Fences one owner of a feed's ticks from the next: an append with another epoch than the feed's is refused.</summary>
public readonly record struct Epoch(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Names the events of one aggregate: <c>category-id</c>, at most 200 characters.</summary>
public readonly record struct StreamName
{
    /// <summary>Longest name allowed.</summary>
    public const int MaxLength = 200;

    private StreamName(string value) => Value = value;

    /// <summary>The whole name.</summary>
    public string Value { get; }

    /// <summary>What stands before the first dash.</summary>
    public string Category => Value[..Value.IndexOf('-')];

    /// <summary>What stands after the first dash.</summary>
    public string Id => Value[(Value.IndexOf('-') + 1)..];

    /// <summary>The stream of one aggregate.</summary>
    /// <exception cref="FormatException">Category or id is empty, the category holds a dash, or the name is too long.</exception>
    public static StreamName Of(string category, string id) => Parse($"{category}-{id}");

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">Not of the form <c>category-id</c>, too long, or with characters that no database
    /// keeps: NUL, or a half of a surrogate pair.</exception>
    public static StreamName Parse(string value)
    {
        var dash = value.IndexOf('-');
        return dash > 0 && dash < value.Length - 1 && value.Length <= MaxLength && IsText(value)
            ? new(value)
            : throw new FormatException($"A stream is named category-id, at most {MaxLength} characters: '{value}'.");
    }

    private static bool IsText(string value)
    {
        foreach (var rune in value.EnumerateRunes())
        {
            // A broken surrogate comes out as the replacement character; so does that character itself.
            if (rune.Value is 0 or 0xFFFD)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An event's own id (UUID). Time-ordered for new facts; derived from content for facts that may be observed
/// twice, so that the second observation is recognised.</summary>
public readonly record struct EventId(Guid Value)
{
    /// <summary>A new time-ordered id (version 7).</summary>
    public static EventId New(DateTimeOffset now)
    {
        // RFC 9562: 48 bits of milliseconds since 1970, then version and variant among 74 random bits.
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        RandomBlock.Fill(id[6..]);
        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new(new Guid(id, bigEndian: true));
    }

    /// <summary>The id of a fact that its content names: the same text always gives the same id (version 8, from SHA-256).</summary>
    public static EventId Derived(string content)
    {
        Span<byte> hash = stackalloc byte[32];
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(content), hash);
        var id = hash[..16];
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new(new Guid(id, bigEndian: true));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
