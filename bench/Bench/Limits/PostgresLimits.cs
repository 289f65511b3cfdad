using Npgsql;
using Trading.Bench.Harness;

namespace Trading.Bench.Limits;

/// <summary>What the run's PostgreSQL can do with rows of the journal's width and nothing of ours around them.</summary>
internal static class PostgresLimits
{
    public const int Connections = 8;

    public static Task<Figure> InsertAsync(BenchRun run, int batch, CancellationToken cancellation) =>
        run.LimitAsync(
            $"insert {batch}",
            async () =>
            {
                var (perSecond, waits) = await OnConnectionsAsync(
                    run,
                    (rows, connection) => rows.InsertAsync(connection, batch, cancellation),
                    cancellation
                );
                var name = batch == 1 ? "one row a commit" : $"plain insert of {batch} rows a commit";
                return new Figure(
                    $"{name}, {Connections} connections",
                    perSecond,
                    "events/s",
                    batch == 1 ? waits : null
                );
            }
        );

    public static Task<Figure> CopyAsync(BenchRun run, int batch, CancellationToken cancellation) =>
        run.LimitAsync(
            $"copy {batch}",
            async () =>
            {
                var (perSecond, _) = await OnConnectionsAsync(
                    run,
                    (rows, connection) => rows.CopyAsync(connection, batch, cancellation),
                    cancellation
                );
                return new Figure($"COPY of {batch} rows a commit, {Connections} connections", perSecond, "events/s");
            }
        );

    /// <summary>One million rows over one connection.</summary>
    public static Task<Figure> ReadAsync(BenchRun run, CancellationToken cancellation) =>
        run.LimitAsync(
            "read",
            async () =>
            {
                const int Million = 1_000_000;
                await using var database = NpgsqlDataSource.Create(await run.DatabaseAsync(cancellation));
                var rows = new RawRows(database);
                await rows.CreateAsync(cancellation);
                await using (var connection = await database.OpenConnectionAsync(cancellation))
                {
                    await rows.CopyAsync(connection, Million, cancellation);
                }

                await rows.ReadAsync(cancellation);
                var perSecond = await Load.OnceAsync(() => rows.ReadAsync(cancellation));
                return new Figure("COPY of as many rows out, 1 connection, not looked at", perSecond, "events/s");
            }
        );

    private static async Task<(double PerSecond, Percentiles Waits)> OnConnectionsAsync(
        BenchRun run,
        Func<RawRows, NpgsqlConnection, Task<int>> work,
        CancellationToken cancellation
    )
    {
        await using var database = NpgsqlDataSource.Create(await run.DatabaseAsync(cancellation));
        var rows = new RawRows(database);
        await rows.CreateAsync(cancellation);
        List<NpgsqlConnection> connections = [];
        try
        {
            for (var i = 0; i < Connections; i++)
            {
                connections.Add(await database.OpenConnectionAsync(cancellation));
            }

            return await Load.RunAsync(
                Connections,
                run.Seconds,
                (worker, _) => work(rows, connections[worker]),
                cancellation
            );
        }
        finally
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }
}
