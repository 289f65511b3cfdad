using System.Text;

namespace Trading.Brokers.CTrader.Wire;

/// <summary>
/// The outer message of a frame, as a view on the frame's own bytes (cTrader Open API: <c>ProtoMessage</c>).
/// </summary>
internal readonly ref struct Envelope
{
    private const uint PayloadTypeTag = 1 << 3;
    private const uint PayloadTag = (2 << 3) | 2;
    private const uint ClientMsgIdTag = (3 << 3) | 2;

    private Envelope(uint payloadType, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> clientMsgId)
    {
        PayloadType = payloadType;
        Payload = payload;
        ClientMsgId = clientMsgId;
    }

    /// <summary>Which message the payload is.</summary>
    public uint PayloadType { get; }

    /// <summary>The inner message; empty when the sender left it out.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>UTF-8 text that ties the frame to a request, of ours or of somebody else; often empty.</summary>
    public ReadOnlySpan<byte> ClientMsgId { get; }

    /// <summary>The correlation text, readable.</summary>
    public string ClientMsgIdText => Encoding.UTF8.GetString(ClientMsgId);

    /// <summary>Reads a frame's body. False when it is not protobuf, or has no payload type.</summary>
    public static bool TryParse(ReadOnlySpan<byte> body, out Envelope envelope)
    {
        uint? payloadType = null;
        ReadOnlySpan<byte> payload = default;
        ReadOnlySpan<byte> clientMsgId = default;
        var reader = new WireReader(body);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out var tag))
            {
                envelope = default;
                return false;
            }

            bool read;
            switch (tag)
            {
                case PayloadTypeTag:
                    read = reader.TryReadVarint(out var number);
                    payloadType = (uint)number;
                    break;
                case PayloadTag:
                    read = reader.TryReadBytes(out payload);
                    break;
                case ClientMsgIdTag:
                    read = reader.TryReadBytes(out clientMsgId);
                    break;
                default:
                    read = reader.TrySkip(tag);
                    break;
            }

            if (!read)
            {
                envelope = default;
                return false;
            }
        }

        envelope = new Envelope(payloadType.GetValueOrDefault(), payload, clientMsgId);
        return payloadType.HasValue;
    }
}
