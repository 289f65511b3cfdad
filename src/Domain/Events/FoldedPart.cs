using Google.Protobuf;

namespace Trading.Domain.Events;

/// <summary>What of an event's bytes states and read models are folded from. The broker's own words, and the box in which a
/// user's are sealed, stand at the end of an event and are for auditors: whoever folds millions does without them.</summary>
internal static class FoldedPart
{
    // In every event that has one.
    private const int SourceNumber = 100;

    /// <summary>How many bytes, from the first on, a fold needs.</summary>
    /// <param name="payload">The event.</param>
    /// <param name="sealedMatters">Whether something that is sealed is folded.</param>
    public static int LengthOf(ReadOnlySpan<byte> payload, bool sealedMatters)
    {
        var (at, length) = (0, payload.Length);
        while (at < payload.Length)
        {
            var start = at;
            if (!TryReadVarint(payload, ref at, out var tag) || !TrySkip(payload, ref at, (uint)tag))
            {
                return payload.Length;
            }

            var number = WireFormat.GetTagFieldNumber((uint)tag);
            if (number == SourceNumber || (number == PersonalFields.SealedNumber && !sealedMatters))
            {
                length = Math.Min(length, start);
            }
            else if (length < start)
            {
                // Something that is needed stands behind it: what is sealed, or a newer writer's field.
                return payload.Length;
            }
        }

        return length;
    }

    private static bool TrySkip(ReadOnlySpan<byte> bytes, ref int at, uint tag)
    {
        switch (WireFormat.GetTagWireType(tag))
        {
            case WireFormat.WireType.Varint:
                return TryReadVarint(bytes, ref at, out _);
            case WireFormat.WireType.Fixed32:
                at += 4;
                return at <= bytes.Length;
            case WireFormat.WireType.Fixed64:
                at += 8;
                return at <= bytes.Length;
            case WireFormat.WireType.LengthDelimited
                when TryReadVarint(bytes, ref at, out var length) && length <= (ulong)(bytes.Length - at):
                at += (int)length;
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}
