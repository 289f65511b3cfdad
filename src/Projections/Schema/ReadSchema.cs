using Npgsql;

namespace Trading.Projections.Schema;

/// <summary>Makes the tables, views, roles and rights of the read models.</summary>
public static class ReadSchema
{
    private const long Lock = 0x52656164_4D6F6465;
    private const int MostTries = 10;

    /// <summary>Makes what is missing, as the owner. Where the program has a newer version of a read model than the database,
    /// an empty table is made beside the one that serves, to be filled by whoever runs the projections. Safe to run from
    /// many processes at once, and again.</summary>
    /// <param name="owner">A connection that may make schemas and roles.</param>
    /// <param name="cancellation">Ends the wait; nothing is left half made.</param>
    public static Task MigrateAsync(NpgsqlDataSource owner, CancellationToken cancellation) =>
        MigrateToAsync(owner, ReadModel.All, cancellation);

    internal static async Task MigrateToAsync(
        NpgsqlDataSource owner,
        IReadOnlyList<ReadModel> newest,
        CancellationToken cancellation
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await MigrateOnceAsync(owner, newest, cancellation);
                break;
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

        foreach (var model in newest)
        {
            await Tables.DropRetiredAsync(owner, model.Name, cancellation);
        }
    }

    private static async Task MigrateOnceAsync(
        NpgsqlDataSource source,
        IReadOnlyList<ReadModel> newest,
        CancellationToken cancellation
    )
    {
        await using var owner = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await owner.BeginTransactionAsync(cancellation);
        await owner.ExecuteAsync($"select pg_advisory_xact_lock({Lock})", cancellation);
        await owner.ExecuteAsync(EmbeddedScript.Read("Schema.read.sql"), cancellation);
        foreach (var model in newest)
        {
            var stored = await Generations.OfAsync(owner, model.Name, cancellation);
            if (stored.Find(one => one.State == GenerationState.Live) is { } live)
            {
                await Upgrade.PrepareAsync(owner, model, live, stored, cancellation);
                continue;
            }

            var first = await Tables.AddAsync(owner, model, GenerationState.Live, cancellation);
            await Tables.ShowAsync(owner, model.Name, first.Table, null, cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }
}
