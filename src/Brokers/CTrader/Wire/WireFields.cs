namespace Trading.Brokers.CTrader.Wire;

/// <summary>Finds the bytes of embedded messages, so that an element of a long answer can be kept word for word.</summary>
internal static class WireFields
{
    /// <summary>The bytes of each embedded message with the given field number, in order.</summary>
    /// <param name="message">A whole message that has been parsed before.</param>
    /// <param name="field">The field's number.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Embedded(ReadOnlyMemory<byte> message, int field)
    {
        var at = 0;
        while (TryNext(message.Span, field, ref at, out var start, out var length))
        {
            yield return message.Slice(start, length);
        }
    }

    private static bool TryNext(ReadOnlySpan<byte> message, int field, ref int at, out int start, out int length)
    {
        var wanted = ((uint)field << 3) | 2;
        var reader = new WireReader(message[at..]);
        while (!reader.AtEnd && reader.TryReadTag(out var tag))
        {
            if (tag == wanted && reader.TryReadBytes(out var value))
            {
                start = at + reader.Position - value.Length;
                length = value.Length;
                at += reader.Position;
                return true;
            }

            if (tag == wanted || !reader.TrySkip(tag))
            {
                break;
            }
        }

        start = length = 0;
        return false;
    }
}
