using Npgsql;
using Trading.EventStore.Records;

namespace Trading.EventStore;

/// <summary>The ways into the database: a pool for reading, and connections of their own for the writers. All put on the
/// role that may only append and read.</summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private const int MostKeyReaders = 2;
    private readonly List<NpgsqlDataSource> _writers = [];
    private NpgsqlDataSource? _keyPool;
    private readonly EventStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private readonly string _writerSettings;

    public PostgresConnections(string connectionString, EventStoreOptions options, TimeProvider time)
    {
        _connectionString = connectionString;
        _options = options;
        _time = time;
        var role = options.ReadOnly ? EventStoreSchema.ReaderRole : EventStoreSchema.AppRole;
        // Readers ask by key ranges only; without statistics the planner may think otherwise.
        var common =
            $"-c role={role} -c jit=off -c enable_seqscan=off -c enable_bitmapscan=off "
            + $"-c statement_timeout={Milliseconds(options.StatementTimeout)} "
            + $"-c lock_timeout={Milliseconds(options.LockTimeout)}";
        _writerSettings = $"{common} -c synchronous_commit=on -c idle_in_transaction_session_timeout=5000";
        Pool = NpgsqlDataSource.Create(
            With(
                common,
                builder =>
                {
                    builder.MaxPoolSize = options.MaxConnections;
                    builder.ApplicationName = "trading-eventstore";
                    // Rows of a log come by the megabyte: fewer, larger reads of the socket.
                    builder.ReadBufferSize = 64 * 1024;
                }
            )
        );
    }

    /// <summary>For reads, claims, snapshots and keys.</summary>
    public NpgsqlDataSource Pool { get; }

    /// <summary>For the users' keys. The role that may only read the logs sees none; who was given the master key reads them
    /// as the application, and writes nothing.</summary>
    public NpgsqlDataSource KeyPool =>
        _options.ReadOnly
            ? _keyPool ??= NpgsqlDataSource.Create(
                With(
                    $"-c role={EventStoreSchema.AppRole} -c default_transaction_read_only=on",
                    builder => builder.MaxPoolSize = MostKeyReaders
                )
            )
            : Pool;

    /// <summary>Runs what may be run twice on a pooled connection, and again on another one when that is lost.</summary>
    /// <exception cref="LogUnavailableException">The database could not be reached until the deadline.</exception>
    public ValueTask<T> RunAsync<T>(
        string log,
        Func<NpgsqlConnection, CancellationToken, ValueTask<T>> idempotent,
        CancellationToken cancellation
    ) =>
        new Patience(log, _time, _options.Deadline).TryAsync(
            async stopping =>
            {
                await using var connection = await Pool.OpenConnectionAsync(stopping);
                return await idempotent(connection, stopping);
            },
            cancellation
        );

    /// <summary>Runs what may be run twice and finds its connections itself, again while the database is away.</summary>
    /// <exception cref="LogUnavailableException">The database could not be reached until the deadline.</exception>
    public ValueTask<T> TryAsync<T>(
        string log,
        Func<CancellationToken, ValueTask<T>> idempotent,
        CancellationToken cancellation
    ) => new Patience(log, _time, _options.Deadline).TryAsync(idempotent, cancellation);

    /// <summary>A writer's own connection.</summary>
    public WriterConnection Writer(string log)
    {
        var name = $"trading-{log}-{Guid.NewGuid():N}";
        var source = NpgsqlDataSource.Create(
            With(
                _writerSettings,
                builder =>
                {
                    builder.Pooling = false;
                    builder.ApplicationName = name;
                    builder.WriteBufferSize = 64 * 1024;
                }
            )
        );
        _writers.Add(source);
        return new(source, name);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers)
        {
            await writer.DisposeAsync();
        }

        if (_keyPool is not null)
        {
            await _keyPool.DisposeAsync();
        }

        await Pool.DisposeAsync();
    }

    private string With(string settings, Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(_connectionString);
        builder.Options = string.IsNullOrEmpty(builder.Options) ? settings : $"{builder.Options} {settings}";
        // The server ends what takes too long; this is for a server that no longer answers.
        builder.CommandTimeout = (int)Math.Ceiling((_options.StatementTimeout + AnswerTime).TotalSeconds);
        change(builder);
        return builder.ConnectionString;
    }

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;
}
