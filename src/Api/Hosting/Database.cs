using Npgsql;
using Trading.Api.Configuration;
using Trading.Api.CTrader;
using Trading.EmbeddedPostgres;
using Trading.EventStore;
using Trading.Postgres;
using Trading.Projections.Schema;

namespace Trading.Api.Hosting;

/// <summary>The database of the service: the configured one, or a private one under the data folder. Its schema is up to
/// date when it is open.</summary>
internal sealed class Database : IAsyncDisposable
{
    private const string Name = "trading";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly EmbeddedPostgresCluster? _cluster;

    private Database(EmbeddedPostgresCluster? cluster, string connectionString)
    {
        _cluster = cluster;
        ConnectionString = connectionString;
        Owner = PostgresPools.Open(connectionString);
    }

    /// <summary>Of the login given, or of the private cluster's owner.</summary>
    public string ConnectionString { get; }

    /// <summary>Connections of that login: for migrations and the service's own small tables.</summary>
    public NpgsqlDataSource Owner { get; }

    /// <summary>Opens the database, starting a private one if needed, and brings its schema up to date.</summary>
    /// <exception cref="EmbeddedPostgresException">The private database cannot be started; the message says what to do.
    /// </exception>
    /// <exception cref="InvalidDataException">The database was made by another version of this program.</exception>
    /// <exception cref="NpgsqlException">The configured database cannot be reached within a minute.</exception>
    /// <exception cref="SettingsException">The connection string leads to a pooler that no session stays whole behind.</exception>
    public static async Task<Database> OpenAsync(
        ServiceSettings settings,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellation
    )
    {
        var database = settings.Postgres is { } given
            ? new Database(null, given)
            : await StartPrivateAsync(settings, logger, cancellation);
        try
        {
            await database.AwaitAsync(time, logger, cancellation);
            if (settings.Postgres is { } leading && await TransactionPooler.IsInFrontAsync(leading, cancellation))
            {
                throw new SettingsException([$"TRADING_POSTGRES: {TransactionPooler.Refusal}"]);
            }

            await MigrateLogsAsync(database.Owner, logger, cancellation);
            await ReadSchema.MigrateAsync(database.Owner, cancellation);
            await new OAuthStates(database.Owner, time).MigrateAsync(cancellation);
            await new GrantedTokens(database.Owner).MigrateAsync(cancellation);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
    }

    // A database of another version is a fact about the database, not a bug: it is told in one sentence.
    private static async Task MigrateLogsAsync(NpgsqlDataSource owner, ILogger logger, CancellationToken cancellation)
    {
        try
        {
            await EventStoreSchema.MigrateAsync(owner, logger, cancellation);
        }
        catch (InvalidOperationException another)
        {
            throw new InvalidDataException(
                $"The database belongs to another version of this program: {another.Message}",
                another
            );
        }
    }

    private static async Task<Database> StartPrivateAsync(
        ServiceSettings settings,
        ILogger logger,
        CancellationToken cancellation
    )
    {
        var folder = Path.Combine(Path.GetFullPath(settings.DataFolder), "postgres");
        var cluster = await EmbeddedPostgresCluster.StartAsync(
            new() { Folder = folder, Logger = logger },
            cancellation
        );
        await cluster.CreateDatabaseAsync(Name, cancellation);
        return new(cluster, cluster.ConnectionString(Name));
    }

    // In a fresh deployment service and database start side by side.
    private async Task AwaitAsync(TimeProvider time, ILogger logger, CancellationToken cancellation)
    {
        var end = time.GetUtcNow() + Patience;
        while (true)
        {
            try
            {
                await using var connection = await Owner.OpenConnectionAsync(cancellation);
                return;
            }
            catch (NpgsqlException away)
                when (away is not PostgresException { IsTransient: false } && time.GetUtcNow() < end)
            {
                Log.DatabaseAway(logger, away.Message);
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Owner.DisposeAsync();
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }
}
