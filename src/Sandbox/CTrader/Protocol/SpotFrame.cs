using System.Buffers.Binary;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>
/// Writes a spot event by hand: prices are most of all traffic, and at full speed a million frames a second leave on one
/// connection.
/// </summary>
internal static class SpotFrame
{
    /// <summary>More than any frame can need.</summary>
    public const int MaxSize = 80;

    /// <summary>Negative sides and a negative time are left out.</summary>
    public static int Write(Span<byte> to, long accountId, long symbolId, long bid, long ask, long timestamp)
    {
        const int PayloadAt = 9;
        var at = PayloadAt;
        to[at++] = 0x10;
        at += Varint.Write(to[at..], (ulong)accountId);
        to[at++] = 0x18;
        at += Varint.Write(to[at..], (ulong)symbolId);
        if (bid >= 0)
        {
            to[at++] = 0x20;
            at += Varint.Write(to[at..], (ulong)bid);
        }

        if (ask >= 0)
        {
            to[at++] = 0x28;
            at += Varint.Write(to[at..], (ulong)ask);
        }

        if (timestamp >= 0)
        {
            to[at++] = 0x40;
            at += Varint.Write(to[at..], (ulong)timestamp);
        }

        // The payload is always shorter than 128 bytes: its length takes one byte.
        BinaryPrimitives.WriteUInt32BigEndian(to, (uint)(at - 4));
        to[4] = 0x08;
        Varint.Write(to[5..], (uint)PayloadType.ProtoOaSpotEvent);
        to[7] = 0x12;
        to[8] = (byte)(at - PayloadAt);
        return at;
    }
}
