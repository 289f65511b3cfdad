using Npgsql;

namespace Trading.EventStore.Secrets;

/// <summary>Wraps all users' keys with another master key, a bounded number at a time: interrupted, it goes on where it
/// stopped. Meanwhile services that know both master keys read and write all of them.</summary>
/// <param name="login">Connects as a login that was granted the owner role.</param>
public sealed class KeyRotation(NpgsqlDataSource login)
{
    private const int Step = 500;

    /// <summary>How many keys each master key wraps; the empty name stands for rows that do not say.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CountAsync(CancellationToken cancellation)
    {
        await using var connection = await login.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(
            $"""
            SET ROLE {EventStoreSchema.OwnerRole};
            SELECT coalesce(master_key, ''), count(*) FROM eventstore.user_key GROUP BY 1 ORDER BY 1;
            """,
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var counts = new Dictionary<string, long>();
        while (await reader.ReadAsync(cancellation))
        {
            counts.Add(reader.GetString(0), reader.GetInt64(1));
        }

        await reader.DisposeAsync();
        await ExecuteAsync(connection, "RESET ROLE", cancellation);
        return counts;
    }

    /// <summary>Wraps every key that another master key wraps with <paramref name="current"/>.</summary>
    /// <param name="current">The master key from now on: 32 bytes.</param>
    /// <param name="former">The master keys until now.</param>
    /// <param name="progress">Told how many were wrapped, once a step.</param>
    /// <param name="cancellation">Stops after the step that is under way.</param>
    /// <returns>How many were wrapped, and how many no key given opens: those stay as they are.</returns>
    /// <exception cref="ArgumentException">A master key does not have 32 bytes.</exception>
    public async Task<(long Wrapped, long Unopened)> RunAsync(
        ReadOnlyMemory<byte> current,
        IReadOnlyList<ReadOnlyMemory<byte>> former,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var masters = new MasterKeys(current, former);
        await using var connection = await login.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"SET ROLE {EventStoreSchema.OwnerRole}", cancellation);
        var (wrapped, unopened, after) = (0L, 0L, Array.Empty<byte>());
        while (await StepAsync(connection, masters, after, cancellation) is { Taken: > 0 } step)
        {
            (wrapped, unopened, after) = (wrapped + step.Wrapped, unopened + step.Taken - step.Wrapped, step.Last);
            progress?.Report(wrapped);
        }

        await ExecuteAsync(connection, "RESET ROLE", CancellationToken.None);
        return (wrapped, unopened);
    }

    private static async Task<(int Taken, int Wrapped, byte[] Last)> StepAsync(
        NpgsqlConnection connection,
        MasterKeys masters,
        byte[] after,
        CancellationToken cancellation
    )
    {
        cancellation.ThrowIfCancellationRequested();
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var rows = await TakeAsync(connection, masters.Current, after, cancellation);
        var wrapped = new List<(byte[] User, WrappedKey Key)>();
        foreach (var (user, key) in rows)
        {
            if (masters.Unwrap(key, user) is { } opened)
            {
                wrapped.Add((user, masters.Wrap(opened, user)));
            }
        }

        await using (
            var command = new NpgsqlCommand(
                """
                UPDATE eventstore.user_key k SET wrapped_key = n.box, master_key = $3
                FROM unnest($1, $2) AS n (user_key, box) WHERE k.user_key = n.user_key
                """,
                connection
            )
        )
        {
            command.Parameters.Add(
                new NpgsqlParameter<byte[][]> { TypedValue = [.. wrapped.Select(pair => pair.User)] }
            );
            command.Parameters.Add(
                new NpgsqlParameter<byte[][]> { TypedValue = [.. wrapped.Select(pair => pair.Key.Box)] }
            );
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = masters.Current });
            await command.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(CancellationToken.None);
        return (rows.Count, wrapped.Count, rows.Count > 0 ? rows[^1].User : after);
    }

    private static async Task<List<(byte[] User, WrappedKey Key)>> TakeAsync(
        NpgsqlConnection connection,
        string current,
        byte[] after,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT user_key, wrapped_key, master_key FROM eventstore.user_key
            WHERE master_key IS DISTINCT FROM $1 AND user_key > $2 ORDER BY user_key LIMIT {Step} FOR UPDATE
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = current });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = after });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<(byte[], WrappedKey)>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(
                (
                    await reader.GetFieldValueAsync<byte[]>(0, cancellation),
                    new(
                        await reader.GetFieldValueAsync<byte[]>(1, cancellation),
                        await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetString(2)
                    )
                )
            );
        }

        return rows;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
