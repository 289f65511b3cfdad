using Npgsql;
using Trading.EmbeddedPostgres.Processes;
using Trading.EmbeddedPostgres.Storage;

namespace Trading.EmbeddedPostgres;

/// <summary>
/// A private PostgreSQL server: its own data folder, its own password, reachable over loopback only. It lives as long
/// as this object does; when the process is killed, a watchdog stops the server within moments (on Windows the next
/// start adopts it instead). What was committed is there again after every kind of end.
/// </summary>
public sealed class EmbeddedPostgresCluster : IAsyncDisposable
{
    private readonly EmbeddedPostgresOptions options;
    private readonly ClusterFolder folder;
    private readonly Server server;
    private readonly Watchdog? watchdog;
    private readonly string password;
    private bool stopped;

    internal EmbeddedPostgresCluster(
        EmbeddedPostgresOptions options,
        ClusterFolder folder,
        Server server,
        Watchdog? watchdog,
        RunningServer running,
        string password
    )
    {
        this.options = options;
        this.folder = folder;
        this.server = server;
        this.watchdog = watchdog;
        this.password = password;
        Port = running.Port;
        Adopted = running.Adopted;
        ServerVersion = running.Version;
    }

    /// <summary>The loopback TCP port.</summary>
    public int Port { get; }

    /// <summary>Whether the server of a killed former owner was found healthy and taken over.</summary>
    public bool Adopted { get; }

    /// <summary>The version of PostgreSQL.</summary>
    public Version ServerVersion { get; }

    /// <summary>Where the data is; below <see cref="EmbeddedPostgresOptions.Folder"/> unless PostgreSQL's user cannot reach that.</summary>
    public string DataFolder => folder.Data;

    /// <summary>
    /// Finds the binaries, initialises the folder when it is new, starts the server (or adopts the one a killed
    /// process left there) and waits until it answers.
    /// </summary>
    /// <param name="options">What to start, and where.</param>
    /// <param name="cancellation">Gives up; nothing is left running.</param>
    /// <exception cref="EmbeddedPostgresException">It cannot be done; the message says what to do about it.</exception>
    public static Task<EmbeddedPostgresCluster> StartAsync(
        EmbeddedPostgresOptions options,
        CancellationToken cancellation = default
    ) => new ClusterStart(options).RunAsync(cancellation);

    /// <summary>A connection string of the superuser for a database of this cluster. It holds the password: never log it.</summary>
    /// <param name="database">The database; it need not exist yet.</param>
    public string ConnectionString(string database = "postgres") => ConnectionString(Port, password, database);

    /// <summary>Creates a database; false when it is there already.</summary>
    /// <param name="database">The name, taken literally.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<bool> CreateDatabaseAsync(string database, CancellationToken cancellation = default)
    {
        try
        {
            await ExecuteAsync($"CREATE DATABASE {Quote(database)}", cancellation);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DuplicateDatabase)
        {
            return false;
        }
    }

    /// <summary>Drops a database and cuts the connections to it; nothing happens when it does not exist.</summary>
    /// <param name="database">The name, taken literally.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task DropDatabaseAsync(string database, CancellationToken cancellation = default) =>
        ExecuteAsync($"DROP DATABASE IF EXISTS {Quote(database)} WITH (FORCE)", cancellation);

    /// <summary>
    /// Stops the server: connections are cut, everything is flushed. Stopping twice is allowed.
    /// </summary>
    /// <param name="cancellation">Gives up waiting; the server goes on stopping.</param>
    /// <exception cref="EmbeddedPostgresException">The server did not go, not even when stopped at once.</exception>
    public async Task StopAsync(CancellationToken cancellation = default)
    {
        if (stopped)
            return;

        stopped = true;
        try
        {
            Watchdog.TryTakeOver(folder);
            var outcome = await server.StopAsync("fast", options.StopTimeout, cancellation);
            if (!outcome.Succeeded && PostmasterFile.Read(folder.Data) is { } left && left.IsServerOf(folder.Data))
            {
                Log.StoppingAtOnce(options.Logger);
                outcome = await server.StopAsync("immediate", options.StopTimeout, cancellation);
                if (!outcome.Succeeded)
                    throw new EmbeddedPostgresException(
                        EmbeddedPostgresFault.StopFailed,
                        $"PostgreSQL (pid {left.Pid}) in {folder.Data} does not stop: {outcome.Said}"
                    );
            }

            if (options.Ephemeral)
                folder.Delete();
        }
        finally
        {
            watchdog?.Dispose();
            folder.Dispose();
        }
    }

    /// <summary>Stops the server.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    internal static string ConnectionString(int port, string password, string database) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = Server.Superuser,
            Password = password,
            Database = database,
            // Everything stays on the loopback interface, and the server has no certificate.
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        }.ConnectionString;

    private static string Quote(string name) => "\"" + name.Replace("\"", "\"\"") + "\"";

    private async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        // Not pooled: a pool would keep a connection open that nobody needs again.
        var unpooled = new NpgsqlConnectionStringBuilder(ConnectionString()) { Pooling = false };
        await using var connection = new NpgsqlConnection(unpooled.ConnectionString);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
