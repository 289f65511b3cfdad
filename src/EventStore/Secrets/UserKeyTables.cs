using System.Collections.Concurrent;
using Npgsql;

namespace Trading.EventStore.Secrets;

/// <summary>Wrapped keys in PostgreSQL.</summary>
internal sealed class PostgresUserKeyTable(NpgsqlDataSource source) : IUserKeyTable
{
    public async ValueTask<IReadOnlyList<(byte[] User, WrappedKey Key)>> FindAsync(
        IReadOnlyList<byte[]> users,
        CancellationToken cancellation
    )
    {
        await using var command = source.CreateCommand(
            "SELECT user_key, wrapped_key, master_key FROM eventstore.user_key WHERE user_key = ANY($1)"
        );
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. users] });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new List<(byte[], WrappedKey)>();
        while (await reader.ReadAsync(cancellation))
        {
            found.Add(
                (
                    await reader.GetFieldValueAsync<byte[]>(0, cancellation),
                    new(
                        await reader.GetFieldValueAsync<byte[]>(1, cancellation),
                        await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetString(2)
                    )
                )
            );
        }

        return found;
    }

    public async ValueTask<WrappedKey> KeepAsync(byte[] user, WrappedKey wrapped, CancellationToken cancellation)
    {
        while (true)
        {
            await using var command = Command(
                "INSERT INTO eventstore.user_key (user_key, wrapped_key, master_key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                user
            );
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = wrapped.Box });
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = wrapped.MasterKey });
            await command.ExecuteNonQueryAsync(cancellation);
            // None only if it was removed in between.
            if (await FindAsync([user], cancellation) is [var (_, kept)])
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
    private readonly ConcurrentDictionary<string, WrappedKey> _keys = new();

    public ValueTask<IReadOnlyList<(byte[] User, WrappedKey Key)>> FindAsync(
        IReadOnlyList<byte[]> users,
        CancellationToken cancellation
    ) =>
        new([
            .. users
                .Select(user => (user, _keys.GetValueOrDefault(Convert.ToHexString(user))!))
                .Where(pair => pair.Item2 is not null),
        ]);

    public ValueTask<WrappedKey> KeepAsync(byte[] user, WrappedKey wrapped, CancellationToken cancellation) =>
        new(_keys.GetOrAdd(Convert.ToHexString(user), wrapped));

    public ValueTask<bool> RemoveAsync(byte[] user, CancellationToken cancellation) =>
        new(_keys.TryRemove(Convert.ToHexString(user), out _));
}
