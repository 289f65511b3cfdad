using System.Text;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Ports;

namespace Trading.EventStore.Secrets;

/// <summary>Seals each user's secrets with that user's own random key, which is kept only wrapped by the master key. When a
/// user's key is destroyed, all that was sealed for the user is unreadable, wherever copies of it are.</summary>
public sealed class UserKeySealer : ISecretSealer
{
    internal UserKeySealer(UserKeys keys) => Keys = keys;

    /// <summary>The keys it seals with.</summary>
    internal UserKeys Keys { get; }

    /// <summary>Keeps the users' keys in PostgreSQL.</summary>
    /// <exception cref="ArgumentException">A master key does not have 32 bytes.</exception>
    internal static UserKeySealer OnPostgres(NpgsqlDataSource source, MasterKeys masters, TimeProvider time) =>
        new(new(new PostgresUserKeyTable(source), masters, time));

    /// <summary>Keeps the users' keys in memory.</summary>
    /// <exception cref="ArgumentException">The master key does not have 32 bytes.</exception>
    public static UserKeySealer InMemory(ReadOnlyMemory<byte> masterKey) =>
        new(new(new InMemoryUserKeyTable(), new(masterKey), TimeProvider.System));

    /// <inheritdoc/>
    public async ValueTask<byte[]> SealAsync(UserKey user, string plaintext, CancellationToken cancellation)
    {
        var key = await Keys.FindOrMakeAsync(user, cancellation);
        return key.Seal(Encoding.UTF8.GetBytes(plaintext));
    }

    /// <inheritdoc/>
    public async ValueTask<string?> OpenAsync(
        UserKey user,
        ReadOnlyMemory<byte> sealedBytes,
        CancellationToken cancellation
    ) =>
        (await Keys.FindAsync([user], cancellation)).TryGetValue(user, out var key)
        && key.Open(sealedBytes.Span) is { } plain
            ? Encoding.UTF8.GetString(plain)
            : null;

    /// <summary>Destroys a user's key for ever; false when there was none.</summary>
    public ValueTask<bool> DestroyAsync(UserKey user, CancellationToken cancellation) =>
        Keys.DestroyAsync(user, cancellation);
}
