using Microsoft.Extensions.Logging;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>An append-only log of records on PostgreSQL, whatever the records hold: one writer that commits in groups, any
/// number of readers and followers. Both logs are this, with their own call and table.</summary>
internal sealed class RecordLog<TRequest, TChunk> : IAsyncDisposable
    where TRequest : IAppendable
{
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(5);

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
        _table = table;
        var metrics = new LogMetrics(table.Name);
        var tail = _tail = new Tail<TChunk>(options.RecentEvents, options.RecentBytes);
        _follower = new(table, tail, metrics);
        _writers = [.. Enumerable.Range(0, lanes).Select(_ => connections.Writer(table.Name))];
        _commits = new([.. _writers.Select(Commit)], options, metrics);
        _listener = new(
            table.Name,
            connections.Listener(table.Name),
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
