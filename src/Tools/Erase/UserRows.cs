using Npgsql;
using Trading.Domain;

namespace Trading.Tools.Erase;

/// <summary>The rows about a user outside the logs, wherever they are: every table of the database with a column
/// <c>user_key</c>, in whatever version or generation it stands.</summary>
internal sealed class UserRows(NpgsqlDataSource login)
{
    // Their rows hide from whoever is not this role.
    private const string ReadTables = "read_tables";
    private const string Projector = "trading_projector";

    /// <summary>Deletes them; says how many there were.</summary>
    public async Task<long> DeleteAsync(UserKey user, CancellationToken cancellation)
    {
        await using var connection = await login.OpenConnectionAsync(cancellation);
        var deleted = 0L;
        foreach (var (schema, table, type) in await TablesAsync(connection, cancellation))
        {
            await ExecuteAsync(connection, schema == ReadTables ? $"SET ROLE {Projector}" : "RESET ROLE", cancellation);
            await using var command = new NpgsqlCommand(
                $"DELETE FROM {schema}.{table} WHERE user_key = $1",
                connection
            );
            command.Parameters.Add(new() { Value = type == "bytea" ? Convert.FromHexString(user.Value) : user.Value });
            deleted += await command.ExecuteNonQueryAsync(cancellation);
        }

        await ExecuteAsync(connection, "RESET ROLE", cancellation);
        return deleted;
    }

    /// <summary>Takes deleted rows out of the files as well, as far as nobody still reads them.</summary>
    public async Task VacuumAsync(CancellationToken cancellation)
    {
        await using var connection = await login.OpenConnectionAsync(cancellation);
        foreach (var (schema, table, _) in await TablesAsync(connection, cancellation))
        {
            await ExecuteAsync(connection, $"VACUUM {schema}.{table}", cancellation);
        }

        await ExecuteAsync(connection, "VACUUM eventstore.snapshot, eventstore.user_key", cancellation);
    }

    private static async Task<List<(string Schema, string Table, string Type)>> TablesAsync(
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT quote_ident(n.nspname), quote_ident(c.relname), a.atttypid::regtype::text
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE a.attname = 'user_key' AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition
              AND n.nspname NOT IN ('eventstore', 'pg_catalog', 'information_schema')
            ORDER BY 1, 2
            """,
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var tables = new List<(string, string, string)>();
        while (await reader.ReadAsync(cancellation))
        {
            tables.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        return tables;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
