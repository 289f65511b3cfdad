using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Trading.Api.Access;

/// <summary>Remembers tokens that were checked, by their hash. Bounded: two generations, the older is forgotten when the
/// younger is full.</summary>
internal sealed class VerifiedTokens(TimeProvider time)
{
    private const int GenerationSize = 5_000;

    // A key that its issuer revokes must not live on here for the whole life of a token.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<Key, Entry> _young = new();
    private volatile ConcurrentDictionary<Key, Entry> _old = new();

    public static Key KeyOf(string token)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), hash);
        var words = MemoryMarshal.Cast<byte, ulong>(hash);
        return new(words[0], words[1], words[2], words[3]);
    }

    public TokenCheck.Valid? Find(Key key)
    {
        if (!_young.TryGetValue(key, out var entry) && !_old.TryGetValue(key, out entry))
        {
            return null;
        }

        return time.GetUtcNow() < entry.Until ? entry.Check : null;
    }

    public void Keep(Key key, TokenCheck.Valid check)
    {
        var latest = time.GetUtcNow() + Longest;
        var until = check.User.ExpiresAt < latest ? check.User.ExpiresAt : latest;
        if (_young.Count >= GenerationSize)
        {
            lock (_turning)
            {
                if (_young.Count >= GenerationSize)
                {
                    _old = _young;
                    _young = new();
                }
            }
        }

        _young[key] = new(check, until);
    }

    /// <summary>The token's SHA-256: the token itself is not kept.</summary>
    internal readonly record struct Key(ulong A, ulong B, ulong C, ulong D);

    private sealed record Entry(TokenCheck.Valid Check, DateTimeOffset Until);
}
