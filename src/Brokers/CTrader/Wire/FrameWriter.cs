using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace Trading.Brokers.CTrader.Wire;

/// <summary>Writes whole frames: length, envelope and inner message, in one go and without a copy in between.</summary>
internal static class FrameWriter
{
    private const byte PayloadTypeTag = 1 << 3;
    private const byte PayloadTag = (2 << 3) | 2;
    private const byte ClientMsgIdTag = (3 << 3) | 2;

    /// <summary>
    /// Appends one frame to <paramref name="output"/>. The payload field is written even when it is empty, because
    /// some peers fail on an envelope without it (source: cTrader Open API).
    /// </summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="payloadType">Which message <paramref name="message"/> is.</param>
    /// <param name="message">The inner message.</param>
    /// <param name="clientMsgId">Correlation text, or nothing.</param>
    public static void Write(IBufferWriter<byte> output, uint payloadType, IMessage message, string? clientMsgId)
    {
        var payloadLength = message.CalculateSize();
        var idLength = string.IsNullOrEmpty(clientMsgId) ? 0 : Encoding.UTF8.GetByteCount(clientMsgId);
        var bodyLength =
            1
            + VarintLength(payloadType)
            + 1
            + VarintLength((uint)payloadLength)
            + payloadLength
            + (idLength == 0 ? 0 : 1 + VarintLength((uint)idLength) + idLength);
        var frame = output.GetSpan(FrameReader.PrefixLength + bodyLength)[..(FrameReader.PrefixLength + bodyLength)];

        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)bodyLength);
        var at = FrameReader.PrefixLength;
        frame[at++] = PayloadTypeTag;
        at += WriteVarint(frame[at..], payloadType);
        frame[at++] = PayloadTag;
        at += WriteVarint(frame[at..], (uint)payloadLength);
        message.WriteTo(frame.Slice(at, payloadLength));
        at += payloadLength;
        if (idLength > 0)
        {
            frame[at++] = ClientMsgIdTag;
            at += WriteVarint(frame[at..], (uint)idLength);
            Encoding.UTF8.GetBytes(clientMsgId, frame[at..]);
        }

        output.Advance(frame.Length);
    }

    private static int VarintLength(uint value) => CodedOutputStream.ComputeUInt32Size(value);

    private static int WriteVarint(Span<byte> output, uint value)
    {
        var at = 0;
        while (value > 0x7F)
        {
            output[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        output[at++] = (byte)value;
        return at;
    }
}
