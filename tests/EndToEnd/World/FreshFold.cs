using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.EventStore;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.TestKit;

namespace Trading.EndToEnd.World;

/// <summary>Folds both logs anew into an empty database and holds every row of the live read models against it.</summary>
internal static class FreshFold
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Fails naming the table whose rows differ. The logs must have come to rest.</summary>
    public static async Task EqualsAsync(PostgresDatabase live, PostgresLogs logs)
    {
        await using var fresh = await PostgresDatabase.CreateAsync();
        await ReadSchema.MigrateAsync(fresh.DataSource, CancellationToken.None);
        await using var sources = ReadModelSources.Open(fresh.ConnectionString);
        using var projections = new ProjectionSet(
            logs.Journal,
            logs.Market,
            sources,
            new(),
            TimeProvider.System,
            NullLogger<ProjectionSet>.Instance
        );
        using var end = new CancellationTokenSource();
        var running = projections.RunAsync(end.Token);
        try
        {
            await Eventually.Pass(
                async () =>
                {
                    foreach (var table in await TablesAsync(live.DataSource))
                    {
                        var expected = await RowsAsync(fresh.DataSource, table);
                        var actual = await RowsAsync(live.DataSource, table);
                        actual.Except(expected).Should().BeEmpty($"{table} holds nothing but what the log says");
                        expected.Except(actual).Should().BeEmpty($"{table} holds all that the log says");
                    }
                },
                Patience
            );
        }
        finally
        {
            await end.CancelAsync();
            await running;
        }
    }

    private static async Task<IReadOnlyList<string>> TablesAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select table_name from information_schema.tables where table_schema = 'read_tables' order by 1"
        );
        return await ListAsync(command);
    }

    // When a row was written is the only thing about it that does not follow from the log.
    private static async Task<IReadOnlyList<string>> RowsAsync(NpgsqlDataSource database, string table)
    {
        await using var command = database.CreateCommand(
            $"select (to_jsonb(t) - 'written_at')::text from read_tables.{table} t order by 1"
        );
        return await ListAsync(command);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(NpgsqlCommand command)
    {
        var rows = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
