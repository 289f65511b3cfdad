using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Trading.Api.Live;

/// <summary>Makes whole WebSocket text frames (RFC 6455, unmasked as a server's are), so that one message is serialised once
/// and its bytes are shared by all who get it.</summary>
internal static class Frame
{
    private const byte FinalText = 0x81;

    /// <summary>The longest header a frame made here has.</summary>
    public const int MaxHeader = 10;

    /// <summary>A frame around a text.</summary>
    public static byte[] Of(ReadOnlySpan<byte> text)
    {
        Span<byte> header = stackalloc byte[MaxHeader];
        header = header[..WriteHeader(header, text.Length)];
        var frame = new byte[header.Length + text.Length];
        header.CopyTo(frame);
        text.CopyTo(frame.AsSpan(header.Length));
        return frame;
    }

    /// <summary>A frame around a message.</summary>
    public static byte[] Of<T>(T message, JsonTypeInfo<T> type) =>
        Of(JsonSerializer.SerializeToUtf8Bytes(message, type));

    private static int WriteHeader(Span<byte> header, int length)
    {
        header[0] = FinalText;
        switch (length)
        {
            case <= 125:
                header[1] = (byte)length;
                return 2;
            case <= ushort.MaxValue:
                header[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
                return 4;
            default:
                header[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)length);
                return 10;
        }
    }
}
