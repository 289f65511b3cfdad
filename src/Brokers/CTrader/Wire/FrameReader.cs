using System.Buffers;
using System.Buffers.Binary;

namespace Trading.Brokers.CTrader.Wire;

/// <summary>What looking for a frame at the head of a buffer found.</summary>
internal enum FrameStatus
{
    /// <summary>Not all bytes of a frame are there yet.</summary>
    Incomplete,

    /// <summary>A whole frame was cut off the buffer.</summary>
    Complete,

    /// <summary>A frame of no bytes, which cannot hold an envelope.</summary>
    Empty,

    /// <summary>The announced length is above the cap; the stream cannot be followed any further.</summary>
    TooLong,
}

/// <summary>
/// Cuts frames off a stream: four bytes of big-endian length, then that many bytes of envelope (source: cTrader Open
/// API). Keeps nothing between calls: what is incomplete stays in the caller's buffer.
/// </summary>
internal static class FrameReader
{
    /// <summary>Bytes in front of each body.</summary>
    public const int PrefixLength = 4;

    /// <summary>Longest body taken, in bytes; the vendor's own client draws the line here.</summary>
    public const int DefaultCap = 15_000_000;

    /// <summary>Takes the next frame off <paramref name="buffer"/>, which then begins behind it.</summary>
    /// <param name="buffer">What has been received and not yet used.</param>
    /// <param name="cap">Longest body accepted, in bytes.</param>
    /// <param name="body">The frame's body, a view on the buffer, when the status says there is one.</param>
    public static FrameStatus TryTake(ref ReadOnlySequence<byte> buffer, int cap, out ReadOnlySequence<byte> body)
    {
        body = default;
        if (!TryReadLength(in buffer, out var length))
        {
            return FrameStatus.Incomplete;
        }

        if (length > (uint)cap)
        {
            return FrameStatus.TooLong;
        }

        if (buffer.Length - PrefixLength < length)
        {
            return FrameStatus.Incomplete;
        }

        body = buffer.Slice(PrefixLength, length);
        buffer = buffer.Slice(body.End);
        return length == 0 ? FrameStatus.Empty : FrameStatus.Complete;
    }

    private static bool TryReadLength(in ReadOnlySequence<byte> buffer, out uint length)
    {
        if (BinaryPrimitives.TryReadUInt32BigEndian(buffer.FirstSpan, out length))
        {
            return true;
        }

        if (buffer.Length < PrefixLength)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[PrefixLength];
        buffer.Slice(0, PrefixLength).CopyTo(prefix);
        length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        return true;
    }
}
