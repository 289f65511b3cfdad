using Npgsql;

namespace Trading.Projections.Schema;

/// <summary>Makes the tables, views, roles and rights of the read models.</summary>
public static class ReadSchema
{
    private const long Lock = 0x52656164_4D6F6465;
    private const int MostTries = 10;

    /// <summary>Makes what is missing, as the owner. Safe to run from many processes at once, and again.</summary>
    /// <param name="owner">A connection that may make schemas and roles.</param>
    /// <param name="cancellation">Ends the wait; nothing is left half made.</param>
    public static async Task MigrateAsync(NpgsqlDataSource owner, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await MigrateOnceAsync(owner, cancellation);
                return;
            }
            // Rights on roles are rows of the whole cluster: databases that migrate at once collide there, and try again.
            catch (PostgresException collision)
                when (attempt < MostTries
                    && collision.SqlState
                        is "XX000"
                            or PostgresErrorCodes.UniqueViolation
                            or PostgresErrorCodes.DeadlockDetected
                )
            {
                continue;
            }
        }
    }

    private static async Task MigrateOnceAsync(NpgsqlDataSource owner, CancellationToken cancellation)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, $"select pg_advisory_xact_lock({Lock})", cancellation);
        await ExecuteAsync(connection, await ScriptAsync("Schema.read.sql", cancellation), cancellation);
        foreach (var model in ReadModel.All)
        {
            await MakeAsync(connection, model, cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }

    private static async Task MakeAsync(NpgsqlConnection connection, ReadModel model, CancellationToken cancellation)
    {
        if (await ExistsAsync(connection, model.Table, cancellation))
        {
            return;
        }

        var script = await ScriptAsync(model.Script, cancellation);
        await ExecuteAsync(connection, script.Replace("{table}", model.Table), cancellation);
        await ExecuteAsync(
            connection,
            model.UserOwned ? OwnedRights(model.Table) : SharedRights(model.Table),
            cancellation
        );
        await ExecuteAsync(
            connection,
            $"insert into read.checkpoints (projection, at_offset) values ('{model.Projection}', 0)",
            cancellation
        );
        // A view that stands shows an older version: readers keep it until the new table has caught up.
        if (!await ExistsAsync(connection, $"read.{model.Name}", cancellation))
        {
            await ExecuteAsync(connection, ViewOver(model), cancellation);
        }
    }

    // The view checks the reader's own rights and policies, not those of whoever made it.
    private static string ViewOver(ReadModel model) =>
        $"""
            create view read.{model.Name} with (security_invoker = true) as select * from {model.Table};
            grant select on read.{model.Name} to trading_api, trading_operator;
            """;

    private static string SharedRights(string table) =>
        $"""
            grant select on {table} to trading_api, trading_operator;
            grant select, insert, update, delete on {table} to trading_projector;
            """;

    private static string OwnedRights(string table) =>
        $"""
            {SharedRights(table)}
            alter table {table} enable row level security;
            alter table {table} force row level security;
            create policy own_rows on {table} for select to trading_api
              using (user_key = current_setting('app.user_key', true));
            create policy every_row on {table} for select to trading_operator using (true);
            create policy written on {table} for all to trading_projector using (true) with check (true);
            """;

    private static async Task<bool> ExistsAsync(
        NpgsqlConnection connection,
        string relation,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand("select to_regclass($1) is not null", connection);
        command.Parameters.Add(new() { Value = relation });
        return (bool)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<string> ScriptAsync(string name, CancellationToken cancellation)
    {
        var assembly = typeof(ReadSchema).Assembly;
        await using var stream =
            assembly.GetManifestResourceStream($"Trading.Projections.{name}")
            ?? throw new InvalidOperationException($"The script {name} is not in the assembly.");
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(cancellation);
    }
}
