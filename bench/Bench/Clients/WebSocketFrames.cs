using System.Buffers.Binary;
using System.Text;

namespace Trading.Bench.Clients;

/// <summary>Tells the frames of a WebSocket server apart, wherever reads happen to cut them.</summary>
internal sealed class WebSocketFrames
{
    private readonly byte[] _head = new byte[10];
    private int _headHas;
    private long _payloadLeft;

    /// <summary>Text messages seen.</summary>
    public long Texts { get; private set; }

    /// <summary>Whether the server said goodbye.</summary>
    public bool Closed { get; private set; }

    /// <summary>A text message of a client. The mask is zero, which is allowed and costs nothing.</summary>
    public static byte[] Text(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        byte[] head =
            payload.Length < 126
                ? [0x81, (byte)(0x80 | payload.Length), 0, 0, 0, 0]
                : [0x81, 0x80 | 126, (byte)(payload.Length >> 8), (byte)payload.Length, 0, 0, 0, 0];
        return [.. head, .. payload];
    }

    public void Count(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_payloadLeft > 0)
            {
                var skipped = (int)Math.Min(_payloadLeft, bytes.Length);
                _payloadLeft -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            _head[_headHas++] = bytes[0];
            bytes = bytes[1..];
            if (_headHas >= 2 && _headHas == HeadLength(_head[1]))
            {
                Begin();
            }
        }
    }

    private static int HeadLength(byte second) =>
        (second & 0x7F) switch
        {
            126 => 4,
            127 => 10,
            _ => 2,
        };

    private void Begin()
    {
        _payloadLeft = _headHas switch
        {
            4 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
            10 => BinaryPrimitives.ReadInt64BigEndian(_head.AsSpan(2)),
            _ => _head[1] & 0x7F,
        };
        var isLast = (_head[0] & 0x80) != 0;
        Texts += isLast && (_head[0] & 0x0F) is (0 or 1) ? 1 : 0;
        Closed |= (_head[0] & 0x0F) == 8;
        _headHas = 0;
    }
}
