using System.Buffers.Binary;
using System.Text;

namespace Trading.EventStore.Records;

/// <summary>Lays out rows for PostgreSQL's binary COPY, to be sent in one piece. For one thread.</summary>
internal sealed class BinaryRows
{
    private static readonly byte[] s_header = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private byte[] _bytes = new byte[1024 * 1024];
    private int _length;

    public BinaryRows() => Clear();

    /// <summary>How many bytes there are.</summary>
    public int Length => _length;

    /// <summary>Begins anew, with the header.</summary>
    public void Clear()
    {
        s_header.CopyTo(_bytes, 0);
        _length = s_header.Length;
    }

    /// <summary>Begins a row of so many fields.</summary>
    public void Row(short fields) => BinaryPrimitives.WriteInt16BigEndian(Take(2), fields);

    public void Int64(long value)
    {
        var to = Take(12);
        BinaryPrimitives.WriteInt32BigEndian(to, 8);
        BinaryPrimitives.WriteInt64BigEndian(to[4..], value);
    }

    public void Guid(Guid value)
    {
        var to = Take(20);
        BinaryPrimitives.WriteInt32BigEndian(to, 16);
        value.TryWriteBytes(to[4..], bigEndian: true, out _);
    }

    /// <summary>A time in microseconds since 1970.</summary>
    public void Time(long unixMicroseconds) => Int64(PostgresTime.ToWire(unixMicroseconds));

    public void Text(string value)
    {
        var to = Take(4 + Encoding.UTF8.GetMaxByteCount(value.Length));
        var length = Encoding.UTF8.GetBytes(value, to[4..]);
        BinaryPrimitives.WriteInt32BigEndian(to, length);
        _length -= to.Length - 4 - length;
    }

    /// <summary>Bytes, or null.</summary>
    public void Bytes(byte[]? value)
    {
        var to = Take(4 + (value?.Length ?? 0));
        BinaryPrimitives.WriteInt32BigEndian(to, value?.Length ?? -1);
        value?.CopyTo(to[4..]);
    }

    /// <summary>All rows, ended.</summary>
    public ReadOnlyMemory<byte> End()
    {
        BinaryPrimitives.WriteInt16BigEndian(Take(2), -1);
        return _bytes.AsMemory(0, _length);
    }

    private Span<byte> Take(int size)
    {
        if (_bytes.Length < _length + size)
        {
            Array.Resize(ref _bytes, Math.Max(_length + size, _bytes.Length * 2));
        }

        _length += size;
        return _bytes.AsSpan(_length - size, size);
    }
}
