using System.Text.Encodings.Web;
using System.Text.Json;
using Akka.Configuration;
using Akka.Persistence.Sql;
using Npgsql;

namespace Trading.EventStore.Akka;

/// <summary>Snapshots of aggregates: those of Akka.Persistence.Sql, in a table of the event store's schema. They are a
/// disposable cache: deleting all of them changes nothing but start-up time.</summary>
public static class SnapshotStore
{
    private static readonly JsonSerializerOptions s_plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Makes it the default snapshot store of an actor system. The configuration holds the database's password: it
    /// must not be logged (<c>akka.log-config-on-start</c> stays off).</summary>
    /// <param name="connectionString">Of a login that may put on the application's role.</param>
    /// <param name="options">The same as for the logs.</param>
    public static Config Hocon(string connectionString, EventStoreOptions options)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "trading-snapshots",
            MaxPoolSize = options.MaxConnections,
            // Nothing is set on a connection that another use of it must not see.
            NoResetOnClose = true,
        };
        builder.Options =
            $"{builder.Options} -c role={EventStoreSchema.AppRole} -c jit=off "
            + $"-c statement_timeout={(long)options.StatementTimeout.TotalMilliseconds}";
        var address = JsonSerializer.Serialize(builder.ConnectionString.Trim(), s_plain);
        return ConfigurationFactory
            .ParseString($"akka.persistence.snapshot-store.sql.connection-string = {address}")
            .WithFallback(ConfigurationFactory.FromResource("snapshots.conf", typeof(SnapshotStore).Assembly))
            .WithFallback(SqlPersistence.DefaultConfiguration);
    }
}
