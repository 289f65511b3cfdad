using System.Text;

namespace Trading.EventStore.Market;

/// <summary>Writes variable-length numbers: seven bits a byte, lowest first, the highest bit says that more follow.</summary>
internal ref struct Varints(Span<byte> to)
{
    private readonly Span<byte> _to = to;

    /// <summary>Bytes written.</summary>
    public int Position { get; private set; }

    public void Byte(byte value) => _to[Position++] = value;

    public void Unsigned(ulong value)
    {
        var at = Position;
        while (value >= 0x80)
        {
            _to[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _to[at++] = (byte)value;
        Position = at;
    }

    /// <summary>Zig-zag: small numbers of either sign are short.</summary>
    public void Signed(long value) => Unsigned((ulong)((value << 1) ^ (value >> 63)));

    public void Text(string text)
    {
        Unsigned((ulong)Encoding.UTF8.GetByteCount(text));
        Position += Encoding.UTF8.GetBytes(text, _to[Position..]);
    }

    /// <summary>Room for bytes that the caller fills.</summary>
    public Span<byte> Bytes(int count)
    {
        Position += count;
        return _to.Slice(Position - count, count);
    }
}

/// <summary>Reads what <see cref="Varints"/> wrote.</summary>
internal ref struct VarintReader(ReadOnlySpan<byte> from)
{
    private readonly ReadOnlySpan<byte> _from = from;
    private int _at;

    public readonly bool AtEnd => _at == _from.Length;

    public byte Byte() => _from[_at++];

    public ulong Unsigned()
    {
        ulong value = _from[_at++];
        if (value < 0x80)
        {
            return value;
        }

        value &= 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            var next = _from[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80 || shift == 63)
            {
                return value;
            }
        }
    }

    public long Signed()
    {
        var value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ReadOnlySpan<byte> Text() => Bytes(checked((int)Math.Min(Unsigned(), int.MaxValue)));

    public ReadOnlySpan<byte> Bytes(int count)
    {
        var bytes = _from.Slice(_at, count);
        _at += count;
        return bytes;
    }
}
