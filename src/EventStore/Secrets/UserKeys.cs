using System.Collections.Concurrent;
using System.Security.Cryptography;
using Trading.Domain;

namespace Trading.EventStore.Secrets;

/// <summary>The users' data keys, unwrapped and remembered for a few seconds only: when a key is destroyed by another process,
/// this one can use it no longer than that.</summary>
internal sealed class UserKeys(IUserKeyTable table, MasterKeys masters, TimeProvider time)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private const int MostRemembered = 10_000;
    private readonly ConcurrentDictionary<UserKey, Remembered> _known = new();

    /// <summary>The keys of these users, as far as they have one that the master keys open.</summary>
    public async ValueTask<IReadOnlyDictionary<UserKey, UserDataKey>> FindAsync(
        IReadOnlyCollection<UserKey> users,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<UserKey, UserDataKey>(users.Count);
        var unknown = new List<UserKey>();
        foreach (var user in users)
        {
            if (!_known.TryGetValue(user, out var known) || known.Until <= time.GetTimestamp())
            {
                unknown.Add(user);
            }
            else if (known.Key is { } key)
            {
                found.Add(user, key);
            }
        }

        if (unknown.Count == 0)
        {
            return found;
        }

        var stored = await table.FindAsync(unknown.ConvertAll(BytesOf), cancellation);
        foreach (var (owner, wrapped) in stored)
        {
            var user = UserKey.Parse(Convert.ToHexStringLower(owner));
            if (masters.Unwrap(wrapped, owner) is { } key)
            {
                found.Add(user, new(owner, key));
            }
        }

        foreach (var user in unknown)
        {
            Remember(user, found.GetValueOrDefault(user));
        }

        return found;
    }

    /// <summary>A user's key, made when there is none.</summary>
    /// <exception cref="CryptographicException">It was wrapped by a master key that is not known here.</exception>
    public async ValueTask<UserDataKey> FindOrMakeAsync(UserKey user, CancellationToken cancellation)
    {
        if ((await FindAsync([user], cancellation)).TryGetValue(user, out var known))
        {
            return known;
        }

        var owner = BytesOf(user);
        var kept = await table.KeepAsync(
            owner,
            masters.Wrap(RandomNumberGenerator.GetBytes(KeyWrap.KeySize), owner),
            cancellation
        );
        var key =
            masters.Unwrap(kept, owner)
            ?? throw new CryptographicException(
                "A user's key cannot be opened: it was wrapped by a master key that is not known here."
            );
        return Remember(user, new(owner, key))!;
    }

    /// <summary>Forgets what is remembered of a user: the next use asks the table.</summary>
    public void Forget(UserKey user) => _known.TryRemove(user, out _);

    /// <summary>Destroys a user's key for ever; false when there was none.</summary>
    public async ValueTask<bool> DestroyAsync(UserKey user, CancellationToken cancellation)
    {
        var existed = await table.RemoveAsync(BytesOf(user), cancellation);
        Forget(user);
        return existed;
    }

    private UserDataKey? Remember(UserKey user, UserDataKey? key)
    {
        if (_known.Count >= MostRemembered)
        {
            _known.Clear();
        }

        var until = time.GetTimestamp() + (long)(Lifetime.TotalSeconds * time.TimestampFrequency);
        _known[user] = new(key, until);
        return key;
    }

    private static byte[] BytesOf(UserKey user) => Convert.FromHexString(user.Value);

    private readonly record struct Remembered(UserDataKey? Key, long Until);
}

/// <summary>One user's data key, ready for use.</summary>
internal sealed class UserDataKey(byte[] owner, byte[] key)
{
    /// <summary>Seals bytes; only this key opens them.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain) => KeyWrap.Seal(key, plain, owner);

    /// <summary>Opens what <see cref="Seal"/> made; null when it was sealed by another key or tampered with.</summary>
    public byte[]? Open(ReadOnlySpan<byte> box) => KeyWrap.Open(key, box, owner);
}
