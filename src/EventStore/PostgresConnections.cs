using System.Collections.Concurrent;
using Npgsql;
using Trading.EventStore.Records;
using Trading.Postgres;

namespace Trading.EventStore;

/// <summary>The ways into the database: a pool for reading, and connections of their own for the writers. All put on the
/// role that may only append and read.</summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(5);

    private const int MostKeyReaders = 2;
    private readonly ConcurrentBag<NpgsqlDataSource> _own = [];
    private NpgsqlDataSource? _keyPool;
    private readonly EventStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly string _connectionString;
    private readonly SessionSettings _session;

    public PostgresConnections(string connectionString, EventStoreOptions options, TimeProvider time)
    {
        _connectionString = connectionString;
        _options = options;
        _time = time;
        _session = new()
        {
            Role = options.ReadOnly ? EventStoreSchema.ReaderRole : EventStoreSchema.AppRole,
            ReadOnly = options.ReadOnly,
            Parameters = new Dictionary<string, string>
            {
                ["jit"] = "off",
                // Readers ask by key ranges only; without statistics the planner may think otherwise.
                ["enable_seqscan"] = "off",
                ["enable_bitmapscan"] = "off",
                ["statement_timeout"] = SessionSettings.Milliseconds(options.StatementTimeout),
                ["lock_timeout"] = SessionSettings.Milliseconds(options.LockTimeout),
            },
        };
        Pool = Open(
            _session,
            builder =>
            {
                builder.MaxPoolSize = options.MaxConnections;
                builder.ApplicationName = "trading-eventstore";
                // Rows of a log come by the megabyte: fewer, larger reads of the socket.
                builder.ReadBufferSize = 64 * 1024;
            }
        );
    }

    /// <summary>For reads, claims and keys.</summary>
    public NpgsqlDataSource Pool { get; }

    /// <summary>For the users' keys. The role that may only read the logs sees none; who was given the master key reads them
    /// as the application, and writes nothing.</summary>
    public NpgsqlDataSource KeyPool =>
        _options.ReadOnly
            ? _keyPool ??= Open(
                new() { Role = EventStoreSchema.AppRole, ReadOnly = true },
                builder => builder.MaxPoolSize = MostKeyReaders
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
        var session = _session with
        {
            Parameters = new Dictionary<string, string>(_session.Parameters)
            {
                ["synchronous_commit"] = "on",
                ["idle_in_transaction_session_timeout"] = "5000",
            },
        };
        return new(Own(session, name), name, session.Role!);
    }

    /// <summary>Where a listener connects: what it listens to must not go back to a pool with it.</summary>
    public NpgsqlDataSource Listener(string log) => Own(_session, $"trading-{log}-listener");

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _own)
        {
            await source.DisposeAsync();
        }

        if (_keyPool is not null)
        {
            await _keyPool.DisposeAsync();
        }

        await Pool.DisposeAsync();
    }

    private NpgsqlDataSource Own(SessionSettings session, string name)
    {
        var source = Open(
            session,
            builder =>
            {
                builder.Pooling = false;
                builder.ApplicationName = name;
                builder.WriteBufferSize = 64 * 1024;
            }
        );
        _own.Add(source);
        return source;
    }

    private NpgsqlDataSource Open(SessionSettings session, Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(_connectionString)
        {
            // The server ends what takes too long; this is for a server that no longer answers.
            CommandTimeout = (int)Math.Ceiling((_options.StatementTimeout + AnswerTime).TotalSeconds),
        };
        change(builder);
        return PostgresPools.Open(builder, session);
    }
}
