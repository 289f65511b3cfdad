using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.EventStore.Journal;
using Trading.EventStore.Market;
using Trading.EventStore.Secrets;
using Trading.Postgres;

namespace Trading.EventStore;

/// <summary>Both logs of one database, with what belongs to them. Open once per process.</summary>
public sealed class PostgresLogs : IAsyncDisposable
{
    private readonly PostgresConnections _connections;
    private readonly UserKeySealer? _sealer;

    private PostgresLogs(PostgresConnections connections, EventStoreOptions options, TimeProvider time, ILogger logger)
    {
        _connections = connections;
        Masters = options.MasterKey.IsEmpty ? null : new(options.MasterKey, options.FormerMasterKeys);
        _sealer = Masters is null ? null : UserKeySealer.OnPostgres(connections.KeyPool, Masters, time);
        Journal = new(connections, options, _sealer?.Keys, time, logger);
        Market = new(connections, options, time, logger);
    }

    /// <summary>Business events.</summary>
    public PostgresEventLog Journal { get; }

    /// <summary>Ticks.</summary>
    public PostgresTickLog Market { get; }

    /// <summary>Seals secrets.</summary>
    /// <exception cref="InvalidOperationException">No master key was given in the options.</exception>
    public UserKeySealer Sealer =>
        _sealer ?? throw new InvalidOperationException("Sealing needs EventStoreOptions.MasterKey.");

    /// <summary>Reads as the role of the options: for whoever looks at the tables themselves, like the verifier.</summary>
    public NpgsqlDataSource Reader => _connections.Pool;

    /// <summary>Whether what is sealed in the journal can be opened with the keys of the options.</summary>
    public SealedJournal Sealed => new(this);

    /// <summary>The master keys of the options; null when there is none.</summary>
    internal MasterKeys? Masters { get; }

    /// <summary>Reads the users' keys.</summary>
    internal NpgsqlDataSource Keys => _connections.KeyPool;

    /// <summary>Opens the logs of a database, bringing its schema up to date first unless the options say otherwise.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    /// <exception cref="InvalidOperationException">The database's schema is not this program's; see
    /// <see cref="EventStoreSchema.MigrateAsync"/>.</exception>
    public static async Task<PostgresLogs> OpenAsync(
        string connectionString,
        EventStoreOptions? options = null,
        TimeProvider? time = null,
        ILoggerFactory? loggers = null,
        CancellationToken cancellation = default
    )
    {
        options ??= new();
        ILogger logger = loggers?.CreateLogger("Trading.EventStore") ?? NullLogger.Instance;
        if (options is { Migrate: true, ReadOnly: false })
        {
            await using var login = PostgresPools.Open(connectionString);
            await EventStoreSchema.MigrateAsync(login, logger, cancellation);
        }

        time ??= TimeProvider.System;
        return new(new(connectionString, options, time), options, time, logger);
    }

    /// <summary>Forgets what this process remembers of a user's key.</summary>
    internal void ForgetKey(Domain.UserKey user) => _sealer?.Keys.Forget(user);

    /// <summary>Commits what is queued and closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Market.DisposeAsync();
        await _connections.DisposeAsync();
    }
}
