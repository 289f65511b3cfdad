using System.Security.Cryptography;

namespace Trading.EventStore.Secrets;

/// <summary>The keys that wrap the users' keys: the one in use, and those that were in use before and may still wrap some. A key
/// is named by the first bytes of its hash, so that a row says which one wraps it without telling anything of it.</summary>
internal sealed class MasterKeys
{
    private const int NameBytes = 8;
    private readonly byte[][] _keys;

    /// <exception cref="ArgumentException">A key does not have 32 bytes.</exception>
    public MasterKeys(ReadOnlyMemory<byte> current, IReadOnlyList<ReadOnlyMemory<byte>>? former = null)
    {
        _keys = [.. (former ?? []).Prepend(current).Select(key => key.ToArray())];
        if (_keys.Any(key => key.Length != KeyWrap.KeySize))
        {
            throw new ArgumentException($"A master key has {KeyWrap.KeySize} bytes.", nameof(current));
        }
    }

    /// <summary>What the key in use is called.</summary>
    public string Current => NameOf(_keys[0]);

    /// <summary>Wraps a user's key with the key in use.</summary>
    public WrappedKey Wrap(ReadOnlySpan<byte> key, byte[] user) => new(KeyWrap.Seal(_keys[0], key, user), Current);

    /// <summary>A user's key; null when none of the keys known here wraps it.</summary>
    public byte[]? Unwrap(WrappedKey wrapped, byte[] user)
    {
        foreach (var key in _keys)
        {
            if (
                (wrapped.MasterKey is null || wrapped.MasterKey == NameOf(key))
                && KeyWrap.Open(key, wrapped.Box, user) is { } opened
            )
            {
                return opened;
            }
        }

        return null;
    }

    /// <summary>What a master key is called.</summary>
    public static string NameOf(ReadOnlySpan<byte> key) =>
        Convert.ToHexStringLower(SHA256.HashData([.. "trading master key "u8, .. key]).AsSpan(0, NameBytes));
}

/// <summary>A user's key as it is stored.</summary>
/// <param name="Box">The key, sealed.</param>
/// <param name="MasterKey">What seals it; null for rows from before there could be more than one.</param>
internal sealed record WrappedKey(byte[] Box, string? MasterKey);
