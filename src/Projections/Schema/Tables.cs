using Npgsql;
using Trading.Projections.Reading;

namespace Trading.Projections.Schema;

/// <summary>Makes, shows and drops the tables of generations. On a connection of the owner.</summary>
internal static class Tables
{
    /// <summary>An empty table with its rights and a checkpoint of 0, under the next free number.</summary>
    public static async Task<Generation> AddAsync(
        NpgsqlConnection owner,
        ReadModel model,
        GenerationState state,
        CancellationToken cancellation
    )
    {
        var number = await owner.ScalarAsync(
            """
            select greatest($2,
              (select max(generation) + 1 from read.checkpoints where model = $1),
              (select max(greatest(generation, scratch)) + 1 from read.rebuilds where model = $1))
            """,
            cancellation,
            UserReads.Value(model.Name),
            UserReads.Value(model.Version)
        );
        var added = new Generation(model, (int)number!);
        await owner.ExecuteAsync(model.Script.Replace("{table}", added.Table), cancellation);
        await owner.ExecuteAsync(model.UserOwned ? OwnedRights(added.Table) : SharedRights(added.Table), cancellation);
        await owner.ExecuteAsync(
            """
            insert into read.checkpoints (projection, at_offset, model, generation, version, state)
            values ($1, 0, $2, $3, $4, $5)
            """,
            cancellation,
            UserReads.Value(added.Projection),
            UserReads.Value(model.Name),
            UserReads.Value(added.Number),
            UserReads.Value(model.Version),
            UserReads.Value(Words.Of(state))
        );
        return added;
    }

    /// <summary>Points the view at a table. Readers wait for the end of the transaction. The view has the columns of
    /// <paramref name="shape"/>, or its own: what the table lacks shows as the column's default.</summary>
    public static async Task ShowAsync(
        NpgsqlConnection owner,
        string model,
        string table,
        string? shape,
        CancellationToken cancellation
    )
    {
        var columns = (string?)
            await owner.ScalarAsync(
                """
                select string_agg(
                  case
                    when mine.attname is null
                      then coalesce(pg_get_expr(preset.adbin, preset.adrelid), 'null') || '::'
                        || format_type(wanted.atttypid, wanted.atttypmod) || ' as ' || quote_ident(wanted.attname)
                    when mine.atttypid <> wanted.atttypid
                      then quote_ident(wanted.attname) || '::' || format_type(wanted.atttypid, wanted.atttypmod)
                        || ' as ' || quote_ident(wanted.attname)
                    else quote_ident(wanted.attname)
                  end, ', ' order by wanted.attnum)
                from pg_attribute wanted
                left join pg_attribute mine on mine.attrelid = to_regclass($1) and mine.attname = wanted.attname
                  and not mine.attisdropped
                left join pg_attrdef preset on preset.adrelid = wanted.attrelid and preset.adnum = wanted.attnum
                where wanted.attrelid = to_regclass($2) and wanted.attnum > 0 and not wanted.attisdropped
                """,
                cancellation,
                UserReads.Value(table),
                UserReads.Value(shape ?? table)
            );
        // The view checks the reader's own rights and policies, not those of whoever made it.
        var view = $"view read.{model} with (security_invoker = true) as select {columns} from {table}";
        if (await HasColumnsAsync(owner, $"read.{model}", shape ?? table, cancellation))
        {
            await owner.ExecuteAsync($"create or replace {view}", cancellation);
            return;
        }

        await owner.ExecuteAsync(
            $"""
            drop view if exists read.{model};
            create {view};
            grant select on read.{model} to trading_api, trading_operator;
            """,
            cancellation
        );
    }

    /// <summary>Drops the retired tables of a model. One that somebody still reads is left for the next time.</summary>
    public static async Task DropRetiredAsync(NpgsqlDataSource source, string model, CancellationToken cancellation)
    {
        await using var owner = await source.OpenConnectionAsync(cancellation);
        foreach (var one in await Generations.OfAsync(owner, model, cancellation))
        {
            if (one.State != GenerationState.Retired)
            {
                continue;
            }

            try
            {
                await using var transaction = await owner.BeginTransactionAsync(cancellation);
                await owner.ExecuteAsync("set local lock_timeout = '2s'", cancellation);
                await DropAsync(owner, one, cancellation);
                await transaction.CommitAsync(cancellation);
            }
            catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                continue;
            }
        }
    }

    /// <summary>Drops a table with its checkpoint and what is parked in it.</summary>
    public static Task DropAsync(NpgsqlConnection owner, StoredGeneration one, CancellationToken cancellation) =>
        owner.ExecuteAsync(
            $"""
            drop table if exists {one.Table};
            delete from read.parked_streams where projection = '{one.Projection}';
            delete from read.checkpoints where projection = '{one.Projection}';
            """,
            cancellation
        );

    private static async Task<bool> HasColumnsAsync(
        NpgsqlConnection owner,
        string view,
        string table,
        CancellationToken cancellation
    )
    {
        const string ColumnsOf =
            "(select array_agg(attname || ' ' || atttypid || ' ' || atttypmod order by attnum) from pg_attribute "
            + "where attrelid = to_regclass({0}) and attnum > 0 and not attisdropped)";
        return await owner.ScalarAsync(
            $"select {string.Format(ColumnsOf, "$1")} = {string.Format(ColumnsOf, "$2")}",
            cancellation,
            UserReads.Value(view),
            UserReads.Value(table)
        )
            is true;
    }

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
}
