using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.EventStore.Secrets;

/// <summary>Seals each user's secrets with that user's own random key, which is kept only wrapped by the master key. When a
/// user's key is destroyed, all that was sealed for the user is unreadable, wherever copies of it are.</summary>
public sealed class UserKeySealer : ISecretSealer
{
    private readonly IUserKeyTable _table;
    private readonly byte[] _masterKey;

    private UserKeySealer(IUserKeyTable table, ReadOnlyMemory<byte> masterKey)
    {
        if (masterKey.Length != KeyWrap.KeySize)
        {
            throw new ArgumentException($"The master key has {KeyWrap.KeySize} bytes.", nameof(masterKey));
        }

        _table = table;
        _masterKey = masterKey.ToArray();
    }

    /// <summary>Keeps the users' keys in PostgreSQL.</summary>
    /// <exception cref="ArgumentException">The master key does not have 32 bytes.</exception>
    internal static UserKeySealer OnPostgres(NpgsqlDataSource source, ReadOnlyMemory<byte> masterKey) =>
        new(new PostgresUserKeyTable(source), masterKey);

    /// <summary>Keeps the users' keys in memory.</summary>
    /// <exception cref="ArgumentException">The master key does not have 32 bytes.</exception>
    public static UserKeySealer InMemory(ReadOnlyMemory<byte> masterKey) => new(new InMemoryUserKeyTable(), masterKey);

    /// <inheritdoc/>
    public async ValueTask<byte[]> SealAsync(UserKey user, string plaintext, CancellationToken cancellation)
    {
        var owner = Convert.FromHexString(user.Value);
        var wrapped =
            await _table.FindAsync(owner, cancellation)
            ?? await _table.KeepAsync(
                owner,
                KeyWrap.Seal(_masterKey, RandomNumberGenerator.GetBytes(KeyWrap.KeySize), owner),
                cancellation
            );
        var key =
            KeyWrap.Open(_masterKey, wrapped, owner)
            ?? throw new CryptographicException("A user's key cannot be opened: it was wrapped by another master key.");
        return KeyWrap.Seal(key, Encoding.UTF8.GetBytes(plaintext), owner);
    }

    /// <inheritdoc/>
    public async ValueTask<string?> OpenAsync(
        UserKey user,
        ReadOnlyMemory<byte> sealedBytes,
        CancellationToken cancellation
    )
    {
        var owner = Convert.FromHexString(user.Value);
        return
            await _table.FindAsync(owner, cancellation) is { } wrapped
            && KeyWrap.Open(_masterKey, wrapped, owner) is { } key
            && KeyWrap.Open(key, sealedBytes.Span, owner) is { } plain
            ? Encoding.UTF8.GetString(plain)
            : null;
    }

    /// <summary>Destroys a user's key for ever; false when there was none.</summary>
    public ValueTask<bool> DestroyAsync(UserKey user, CancellationToken cancellation) =>
        _table.RemoveAsync(Convert.FromHexString(user.Value), cancellation);
}
