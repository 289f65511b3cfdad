using System.Buffers.Binary;

namespace Trading.EventStore.Records;

/// <summary>Reads the fields of one row of a binary COPY, in the order of the columns.</summary>
internal ref struct RowFields(ReadOnlyMemory<byte> row)
{
    private readonly ReadOnlySpan<byte> _bytes = row.Span;
    private int _at = 2;

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Next());

    public Guid Guid() => new(Next(), bigEndian: true);

    /// <summary>A time as microseconds since 1970, whatever it says.</summary>
    public long UnixMicroseconds() => PostgresTime.UnixMicroseconds(Int64());

    public DateTimeOffset Time() => PostgresTime.FromWire(Int64());

    /// <summary>The field's bytes; empty when it is null.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(_bytes[_at..]);
        _at += 4;
        if (length < 0)
        {
            return default;
        }

        var field = _bytes.Slice(_at, length);
        _at += length;
        return field;
    }

    /// <summary>The field as a part of the row, to be kept.</summary>
    public ReadOnlyMemory<byte> Kept()
    {
        var field = Next();
        return row.Slice(_at - field.Length, field.Length);
    }
}
