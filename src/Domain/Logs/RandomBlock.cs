using System.Security.Cryptography;

namespace Trading.Domain.Logs;

/// <summary>Unpredictable bytes, drawn from the kernel a block at a time: asking it for each id costs more than hashing the
/// event that the id is for. What was given out is never given out again; each thread has a block of its own.</summary>
internal static class RandomBlock
{
    private const int Size = 1_024;

    [ThreadStatic]
    private static byte[]? _block;

    [ThreadStatic]
    private static int _left;

    /// <summary>Fills a span of at most 1,024 bytes.</summary>
    public static void Fill(Span<byte> bytes)
    {
        var block = _block ??= new byte[Size];
        if (_left < bytes.Length)
        {
            RandomNumberGenerator.Fill(block);
            _left = Size;
        }

        var taken = block.AsSpan(Size - _left, bytes.Length);
        taken.CopyTo(bytes);
        taken.Clear();
        _left -= bytes.Length;
    }
}
