using System.Buffers;
using System.Buffers.Binary;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Cuts the inbound bytes into frames: four bytes of length, big endian, then the body.</summary>
internal static class FrameInput
{
    public static bool TryRead(
        ref ReadOnlySequence<byte> buffer,
        int limit,
        out ReadOnlySequence<byte> body,
        out bool tooLong
    )
    {
        body = default;
        tooLong = false;
        if (buffer.Length < 4)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[4];
        buffer.Slice(0, 4).CopyTo(prefix);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length > limit)
        {
            tooLong = true;
            return false;
        }

        if (buffer.Length < 4 + length)
        {
            return false;
        }

        body = buffer.Slice(4, length);
        buffer = buffer.Slice(4 + length);
        return true;
    }
}
