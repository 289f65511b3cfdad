using System.Globalization;

namespace Trading.EmbeddedPostgres.Storage;

/// <summary>
/// The settings the private server runs with. Durability is PostgreSQL's default and never weakened: a commit that was
/// acknowledged is on disk.
/// </summary>
internal static class ServerSettings
{
    /// <summary>The file beside <c>postgresql.conf</c> that holds the settings; written anew at every start.</summary>
    public const string FileName = "trading.conf";

    /// <summary>Room for the service's pools, its listeners and a person with psql.</summary>
    public const int MaxConnections = 200;

    /// <summary>Fits a laptop; the operating system's cache does the rest.</summary>
    public const string SharedBuffers = "256MB";

    /// <summary>One WAL segment: a group commit of many events is written in one go.</summary>
    public const string WalBuffers = "16MB";

    /// <summary>Far apart, so that few pages have to be written in full after a checkpoint.</summary>
    public const string MaxWalSize = "2GB";

    /// <summary>Segments kept for reuse: writing over one is cheaper than creating one.</summary>
    public const string MinWalSize = "512MB";

    /// <summary>How often the server checkpoints at the latest; bounds the time of crash recovery.</summary>
    public const string CheckpointTimeout = "15min";

    /// <summary>Partitions of two logs and their indexes are locked together when a table is swapped or dropped.</summary>
    public const int MaxLocksPerTransaction = 256;

    /// <summary>The text of the settings file.</summary>
    public static string Text(int port) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            # Written at every start. Settings of your own go to postgresql.conf, below the include line.
            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = ''
            max_connections = {MaxConnections}
            password_encryption = 'scram-sha-256'
            shared_buffers = {SharedBuffers}
            fsync = on
            synchronous_commit = on
            full_page_writes = on
            wal_level = replica
            wal_buffers = {WalBuffers}
            min_wal_size = {MinWalSize}
            max_wal_size = {MaxWalSize}
            checkpoint_timeout = {CheckpointTimeout}
            max_locks_per_transaction = {MaxLocksPerTransaction}
            random_page_cost = 1.1
            jit = off
            timezone = 'UTC'
            log_timezone = 'UTC'
            # One file a day of the week, overwritten a week later: bounded. Statements stay out: they can hold secrets.
            logging_collector = on
            log_directory = 'log'
            log_filename = 'postgres-%a.log'
            log_rotation_age = 1d
            log_rotation_size = 0
            log_truncate_on_rotation = on
            log_min_messages = warning
            log_min_error_statement = panic

            """
        );
}
