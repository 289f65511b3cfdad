using Npgsql;
using Trading.Domain.Logs;
using Trading.TestKit;

namespace Trading.EventStore.Tests.Postgres;

/// <summary>What other sessions do to the database, without our code.</summary>
internal static class RawAppend
{
    public static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task ExecuteAsync(PostgresDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Calls the append function inside whatever transaction is open.</summary>
    public static Task CallAsync(NpgsqlConnection connection, StreamName stream, int count) =>
        ExecuteAsync(
            connection,
            $"""
            SELECT eventstore.journal_append(gen_random_uuid(), ARRAY['{stream}'], ARRAY[0::bigint], ARRAY[1],
              ARRAY[-1::bigint], ARRAY[{count}],
              array_agg(1), array_agg(gen_random_uuid()), array_agg(gen_random_uuid()), array_agg(gen_random_uuid()),
              array_agg('trading.account.v1.BalanceChanged'::text), array_agg(NULL::bytea), array_agg(now()),
              array_agg(sha256('')), array_agg(''::bytea))
            FROM generate_series(1, {count})
            """
        );

    public static Task EndBackendAsync(PostgresDatabase database, int process) =>
        ExecuteAsync(database, $"SELECT pg_terminate_backend({process})");

    /// <summary>Ends the server processes of the logs' writers; says how many.</summary>
    public static Task<int> EndWritersAsync(PostgresDatabase database) =>
        EndAsync(database, "(application_name LIKE 'trading-journal-%' OR application_name LIKE 'trading-market-%')");

    /// <summary>Ends the server processes that listen; says how many.</summary>
    public static Task<int> EndListenersAsync(PostgresDatabase database) =>
        EndAsync(database, "application_name LIKE 'trading-%-listener'");

    public static Task WaitForListenersAsync(PostgresDatabase database, int count) =>
        Eventually.Be(async () =>
        {
            await using var command = database.DataSource.CreateCommand(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                    + "AND application_name LIKE 'trading-%-listener'"
            );
            return await command.ExecuteScalarAsync() is long found && found >= count;
        });

    private static async Task<int> EndAsync(PostgresDatabase database, string which)
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT count(pg_terminate_backend(pid))::int FROM pg_stat_activity "
                + $"WHERE datname = current_database() AND pid <> pg_backend_pid() AND ({which})"
        );
        return (int)(await command.ExecuteScalarAsync())!;
    }
}
