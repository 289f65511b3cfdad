using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using LinqToDB.Data;
using Trading.Bench.Harness;
using Trading.EventStore;
using Trading.EventStore.Akka;

namespace Trading.Bench.Peers;

/// <summary>A journal that actors may persist to, on a fresh database of the run.</summary>
internal sealed class BenchJournal(Config hocon, IReadOnlyList<Setup> setups, PostgresLogs? logs) : IAsyncDisposable
{
    private const string Sql = "akka.persistence.journal.sql";

    /// <summary>Makes it the default of an actor system.</summary>
    public Config Hocon => hocon;

    /// <summary>What its plugin needs beside.</summary>
    public IReadOnlyList<Setup> Setups => setups;

    /// <summary>Our journal.</summary>
    public static async Task<BenchJournal> OursAsync(BenchRun run, CancellationToken cancellation)
    {
        var logs = await PostgresLogs.OpenAsync(
            await run.DatabaseAsync(cancellation),
            new() { MasterKey = new byte[32] },
            cancellation: cancellation
        );
        return new(JournalSetup.Hocon, [new JournalSetup(logs.Journal, TimeProvider.System)], logs);
    }

    /// <summary>Akka.Persistence.Sql as it comes.</summary>
    public static async Task<BenchJournal> SqlAsync(BenchRun run, CancellationToken cancellation) =>
        new(SqlHocon(await run.DatabaseAsync(cancellation), ""), [], null);

    /// <summary>Akka.Persistence.Sql with the settings under which it wrote fastest here: rows by COPY, one writer, batches of
    /// a thousand.</summary>
    public static async Task<BenchJournal> TunedSqlAsync(BenchRun run, CancellationToken cancellation)
    {
        var database = await run.DatabaseAsync(cancellation);
        var setup = new MultiDataOptionsSetup();
        setup.AddDataOptions(
            Sql,
            new DataOptions()
                .UseConnectionString(ProviderName.PostgreSQL15, database)
                .UseBulkCopyType(BulkCopyType.ProviderSpecific)
        );
        return new(
            SqlHocon(database, "parallelism = 1, batch-size = 1000, db-round-trip-max-batch-size = 10000"),
            [setup],
            null
        );
    }

    public ValueTask DisposeAsync() => logs?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static Config SqlHocon(string database, string settings) =>
        ConfigurationFactory
            .ParseString(
                $$"""
                akka.persistence.journal {
                  plugin = "{{Sql}}"
                  sql {
                    class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
                    connection-string = "{{database}}"
                    provider-name = "PostgreSQL.15"
                    auto-initialize = true
                    {{settings}}
                  }
                }
                """
            )
            .WithFallback(SqlPersistence.DefaultConfiguration);
}
