using System.Collections.Concurrent;
using Npgsql;

namespace Trading.EventStore.Secrets;

/// <summary>Wrapped keys in PostgreSQL.</summary>
internal sealed class PostgresUserKeyTable(NpgsqlDataSource source) : IUserKeyTable
{
    public async ValueTask<byte[]?> FindAsync(byte[] user, CancellationToken cancellation)
    {
        await using var command = Command("SELECT wrapped_key FROM eventstore.user_key WHERE user_key = $1", user);
        return await command.ExecuteScalarAsync(cancellation) as byte[];
    }

    public async ValueTask<byte[]> KeepAsync(byte[] user, byte[] wrapped, CancellationToken cancellation)
    {
        while (true)
        {
            await using var command = Command(
                "INSERT INTO eventstore.user_key (user_key, wrapped_key) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                user
            );
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = wrapped });
            await command.ExecuteNonQueryAsync(cancellation);
            // None only if it was removed in between.
            if (await FindAsync(user, cancellation) is { } kept)
            {
                return kept;
            }
        }
    }

    public async ValueTask<bool> RemoveAsync(byte[] user, CancellationToken cancellation)
    {
        await using var command = Command("DELETE FROM eventstore.user_key WHERE user_key = $1", user);
        return await command.ExecuteNonQueryAsync(cancellation) > 0;
    }

    private NpgsqlCommand Command(string text, byte[] user)
    {
        var command = source.CreateCommand(text);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = user });
        return command;
    }
}

/// <summary>Wrapped keys in memory.</summary>
internal sealed class InMemoryUserKeyTable : IUserKeyTable
{
    private readonly ConcurrentDictionary<string, byte[]> _keys = new();

    public ValueTask<byte[]?> FindAsync(byte[] user, CancellationToken cancellation) =>
        ValueTask.FromResult(_keys.GetValueOrDefault(Convert.ToHexString(user)));

    public ValueTask<byte[]> KeepAsync(byte[] user, byte[] wrapped, CancellationToken cancellation) =>
        ValueTask.FromResult(_keys.GetOrAdd(Convert.ToHexString(user), wrapped));

    public ValueTask<bool> RemoveAsync(byte[] user, CancellationToken cancellation) =>
        ValueTask.FromResult(_keys.TryRemove(Convert.ToHexString(user), out _));
}
