using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Akka.Persistence.Sql.Config;
using LinqToDB;
using LinqToDB.DataProvider.PostgreSQL;

namespace Trading.EventStore.Akka;

/// <summary>Snapshots of aggregates: those of Akka.Persistence.Sql, in a table of the event store's schema. They are a
/// disposable cache: deleting all of them changes nothing but start-up time.</summary>
public static class SnapshotStore
{
    private const string Plugin = "akka.persistence.snapshot-store.sql";

    /// <summary>Makes it the default snapshot store of an actor system that has <see cref="Over"/> in its setup. It holds nothing
    /// secret.</summary>
    public static Config Hocon { get; } =
        ConfigurationFactory
            .FromResource("snapshots.conf", typeof(SnapshotStore).Assembly)
            .WithFallback(SqlPersistence.DefaultConfiguration);

    /// <summary>Gives it the connections of the logs: their role and times, and their care when the server changes.</summary>
    /// <param name="logs">Outlive the actor system.</param>
    public static Setup Over(PostgresLogs logs)
    {
        var setup = new MultiDataOptionsSetup();
        setup.AddDataOptions(
            Plugin,
            // The plugin asks for the provider's name, linq2db for the provider.
            new DataOptions()
                .UseProvider(ProviderName.PostgreSQL15)
                .UseConnectionFactory(
                    PostgreSQLTools.GetDataProvider(PostgreSQLVersion.v15),
                    _ => logs.Reader.CreateConnection()
                )
        );
        return setup;
    }
}
