using System.Security.Cryptography;

namespace Trading.EventStore.Secrets;

/// <summary>AES-256-GCM in one box: version (1 byte), nonce (12), tag (16), ciphertext.</summary>
internal static class KeyWrap
{
    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    private const byte Version = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int HeaderSize = 1 + NonceSize + TagSize;

    /// <summary>Seals bytes; only the same key and the same <paramref name="context"/> open them.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> context)
    {
        var box = new byte[HeaderSize + plain.Length];
        box[0] = Version;
        var nonce = box.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(nonce, plain, box.AsSpan(HeaderSize), box.AsSpan(1 + NonceSize, TagSize), context);
        return box;
    }

    /// <summary>Opens what <see cref="Seal"/> made; null when key, context or bytes are not right.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> context)
    {
        if (box.Length < HeaderSize || box[0] != Version)
        {
            return null;
        }

        var plain = new byte[box.Length - HeaderSize];
        using var aes = new AesGcm(key, TagSize);
        try
        {
            aes.Decrypt(box.Slice(1, NonceSize), box[HeaderSize..], box.Slice(1 + NonceSize, TagSize), plain, context);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
