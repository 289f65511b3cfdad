using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.EventStore.Records;

/// <summary>An append-only log of records on PostgreSQL, whatever the records hold: one writer that commits in groups, any
/// number of readers and followers. Both logs are this, with their own call and table.</summary>
internal sealed class RecordLog<TRequest, TChunk> : IAsyncDisposable
    where TRequest : IAppendable
{
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly PostgresConnections _connections;
    private readonly IRecordTable<TChunk> _table;
    private readonly Tail<TChunk> _tail;
    private readonly Follower<TChunk> _follower;
    private readonly WriterConnection[] _writers;
    private readonly GroupCommit<TRequest> _commits;
    private readonly LogListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private bool _disposed;

    public RecordLog(
        IRecordTable<TChunk> table,
        Func<Tail<TChunk>, IAppendCall<TRequest>> call,
        int lanes,
        PostgresConnections connections,
        EventStoreOptions options,
        TimeProvider time,
        ILogger logger
    )
    {
        _name = table.Name;
        _connections = connections;
        _table = table;
        var metrics = new LogMetrics(_name);
        var tail = _tail = new Tail<TChunk>(options.RecentEvents, options.RecentBytes);
        _follower = new(table, tail, metrics);
        _writers = [.. Enumerable.Range(0, lanes).Select(_ => connections.Writer(_name))];
        _commits = new([.. _writers.Select(Commit)], options, metrics);
        _listener = new(
            _name,
            connections.Listener(_name),
            table.HeadAsync,
            tail.Seen,
            process => Array.Exists(_writers, writer => writer.ProcessId == process),
            options,
            metrics,
            logger
        );

        Func<IReadOnlyList<Pending<TRequest>>, Task> Commit(WriterConnection connection)
        {
            var writer = new LogWriter<TRequest>(
                call(tail),
                connection,
                options,
                time,
                metrics,
                logger,
                () => tail.Head
            );
            return batch => writer.CommitAsync(batch, _stopping.Token);
        }
    }

    public Pulse Listening => _listener.Pulse;

    public ValueTask<AppendOutcome> AppendAsync(TRequest request, CancellationToken cancellation) =>
        _commits.AppendAsync(request, cancellation);

    // A claim lost with its connection is simply made again: raising the epoch twice harms nobody.
    public ValueTask<StreamClaim> ClaimAsync(StreamName stream, CancellationToken cancellation) =>
        _connections.RunAsync(_name, (connection, ct) => ClaimAsync(connection, stream, ct), cancellation);

    // Whoever asks tells the followers too: what no notification told them of comes to them all the same.
    public async ValueTask<Offset> HeadAsync(CancellationToken cancellation)
    {
        var head = await _table.HeadAsync(cancellation);
        _tail.Seen(head);
        return head;
    }

    public IAsyncEnumerable<TChunk> ReadAsync(Offset after, CancellationToken cancellation) =>
        _follower.ReadAsync(after, cancellation);

    public IAsyncEnumerable<TChunk> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        _follower.SubscribeAsync(after, cancellation);

    private async ValueTask<StreamClaim> ClaimAsync(
        NpgsqlConnection connection,
        StreamName stream,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand($"SELECT * FROM eventstore.{_name}_claim($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(new(reader.GetInt64(0)), new(reader.GetInt64(1)));
    }

    /// <summary>Commits what is queued, unless the database is gone, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        // A container that was handed one face of the logs disposes it beside its owner.
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _stopping.CancelAfter(TimeToFinish);
        await _commits.DisposeAsync();
        await _listener.DisposeAsync();
        foreach (var writer in _writers)
        {
            await writer.DisposeAsync();
        }

        _stopping.Dispose();
    }
}
