using System.Security.Cryptography;

namespace Trading.EventStore.Journal;

/// <summary>SHA-256 of short contents. Each thread keeps one context: the platform's one-shot call makes a new one every time,
/// which costs more than hashing an event.</summary>
internal static class Sha256
{
    [ThreadStatic]
    private static IncrementalHash? t_hash;

    /// <summary>Writes the 32 bytes of a content's hash.</summary>
    public static void Hash(ReadOnlySpan<byte> content, Span<byte> to)
    {
        var hash = t_hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(content);
        hash.GetHashAndReset(to);
    }
}
