namespace Trading.Brokers.CTrader.Wire;

/// <summary>
/// Walks protobuf bytes without building objects. It accepts and refuses exactly what the generated parsers do, so
/// that the quick path and the general path can never disagree about a frame.
/// </summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private const int MaximumGroupDepth = 100;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _at;

    /// <summary>Whether every byte has been read.</summary>
    public readonly bool AtEnd => _at >= _bytes.Length;

    /// <summary>Reads a base-128 number of at most ten bytes; false when it is cut short or longer.</summary>
    public bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 70 && _at < _bytes.Length; shift += 7)
        {
            var part = _bytes[_at++];
            if (shift < 64)
            {
                value |= (ulong)(part & 0x7F) << shift;
            }

            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads a field's tag (number times eight plus wire type); false when it is not a legal one.</summary>
    public bool TryReadTag(out uint tag)
    {
        var read = TryReadVarint(out var value);
        tag = (uint)value;
        return read && tag >> 3 != 0;
    }

    /// <summary>Reads a length and that many bytes; false when they are not all there.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        if (!TryReadVarint(out var length) || (int)length < 0 || (int)length > _bytes.Length - _at)
        {
            return false;
        }

        value = _bytes.Slice(_at, (int)length);
        _at += (int)length;
        return true;
    }

    /// <summary>Passes over the value of a field that nobody here knows.</summary>
    public bool TrySkip(uint tag) => TrySkip(tag, 0);

    private bool TrySkip(uint tag, int depth) =>
        (tag & 7) switch
        {
            0 => TryReadVarint(out _),
            1 => TryAdvance(8),
            2 => TryReadBytes(out _),
            3 => depth < MaximumGroupDepth && TrySkipGroup(tag >> 3, depth + 1),
            5 => TryAdvance(4),
            _ => false,
        };

    private bool TrySkipGroup(uint field, int depth)
    {
        while (TryReadTag(out var tag))
        {
            if ((tag & 7) == 4)
            {
                return tag >> 3 == field;
            }

            if (!TrySkip(tag, depth))
            {
                return false;
            }
        }

        return false;
    }

    private bool TryAdvance(int count)
    {
        if (count > _bytes.Length - _at)
        {
            return false;
        }

        _at += count;
        return true;
    }
}
