using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Running;

namespace Trading.Projections.Rebuilding;

/// <summary>Fills one generation from its checkpoint on, step by step, by the code that also runs live.</summary>
internal interface IFill : IAsyncDisposable
{
    /// <summary>The connection that holds the generation, and writes it.</summary>
    NpgsqlConnection Connection { get; }

    /// <summary>Where its table stands.</summary>
    Offset Checkpoint { get; }

    /// <summary>The streams it could not fold.</summary>
    IReadOnlyCollection<ParkedStream> Parked { get; }

    /// <summary>The newest offset of its log.</summary>
    ValueTask<Offset> HeadAsync(CancellationToken cancellation);

    /// <summary>Opens the connection and takes what it needs on it: the generation, and a lock besides.</summary>
    /// <returns>False when somebody else has either.</returns>
    Task<bool> BeginAsync(string? kindOfLock, CancellationToken cancellation);

    /// <summary>Folds and commits what comes next, never beyond an offset; waits for events when there are none.</summary>
    /// <param name="limit">The last offset to take in; beyond the checkpoint.</param>
    /// <param name="most">Most events, about.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>How many events were folded.</returns>
    Task<long> StepAsync(Offset limit, int most, CancellationToken cancellation);
}

/// <inheritdoc cref="IFill"/>
internal sealed class Fill<TItem>(
    Projection<TItem> projection,
    Feed<TItem> feed,
    Ground ground,
    int mostEvents,
    ProjectionMetrics metrics
) : IFill
{
    private readonly Progress _progress = new(projection.Target.Projection, ground.Options, ground.Time);
    private readonly Queue<TItem> _ahead = new();
    private NpgsqlConnection? _connection;
    private Batches<TItem>? _batches;
    private FeedReader<TItem>? _reader;

    public NpgsqlConnection Connection => _connection ?? throw NotBegun();

    public Offset Checkpoint { get; private set; }

    public IReadOnlyCollection<ParkedStream> Parked => [.. _progress.Parked.Values];

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => feed.HeadAsync(cancellation);

    public async Task<bool> BeginAsync(string? kindOfLock, CancellationToken cancellation)
    {
        var target = projection.Target;
        _connection = await ground.Sources.Projector.OpenConnectionAsync(cancellation);
        var store = new CheckpointStore(_connection, target.Projection);
        if (
            kindOfLock is not null
                && !await CheckpointStore.TryLockAsync(_connection, kindOfLock, target.Model.Name, cancellation)
            || !await store.TryLockAsync(cancellation)
        )
        {
            return false;
        }

        Checkpoint = await store.ReadAsync(cancellation);
        _progress.Begin(Checkpoint, await feed.HeadAsync(cancellation), await store.ReadParkedAsync(cancellation));
        _batches = new(projection, feed, _connection, store, _progress, metrics, ground.Logger)
        {
            Skipped = await SkippedEvents.LoadAsync(ground.Journal, target.Model.Name, cancellation),
        };
        await _batches.RetryParkedAsync(Checkpoint, cancellation);
        _reader = new(feed, Checkpoint, mostEvents, projection.Prepare, CancellationToken.None);
        return true;
    }

    public async Task<long> StepAsync(Offset limit, int most, CancellationToken cancellation)
    {
        var (batches, reader) = (_batches ?? throw NotBegun(), _reader ?? throw NotBegun());
        if (_ahead.Count == 0)
        {
            reader.Most = most;
            var next = await reader.NextAsync(cancellation);
            RefuseIfCut(next[0]);
            next.ForEach(_ahead.Enqueue);
        }

        var batch = Take(limit, most);
        await batches.ApplyAsync(Checkpoint, batch, cancellation);
        Checkpoint = feed.LastOf(batch[^1]);
        return batch.Sum(feed.CountOf);
    }

    public async ValueTask DisposeAsync()
    {
        var (reader, connection) = (_reader, _connection);
        (_reader, _connection) = (null, null);
        if (reader is not null)
        {
            await reader.DisposeAsync();
        }

        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }

    private List<TItem> Take(Offset limit, int most)
    {
        var batch = new List<TItem>();
        var count = 0;
        while (count < most && _ahead.TryPeek(out var item) && feed.FirstOf(item) <= limit)
        {
            if (feed.LastOf(item) > limit)
            {
                var (front, rest) = feed.Cut(item, limit);
                TItem[] behind = [rest, .. _ahead.Skip(1)];
                _ahead.Clear();
                Array.ForEach(behind, _ahead.Enqueue);
                batch.Add(front);
                break;
            }

            batch.Add(_ahead.Dequeue());
            count += feed.CountOf(item);
        }

        return batch;
    }

    // Ticks leave the market log by retention. A table that was made from what is left would have less than the old one.
    private void RefuseIfCut(TItem next)
    {
        if (feed.FirstOf(next) != Checkpoint.Plus(1))
        {
            throw new RebuildRefusedException(
                $"The log has no events after offset {Checkpoint} and before {feed.FirstOf(next)}: they were archived. "
                    + "trading-tools reads them with --archive."
            );
        }
    }

    private static InvalidOperationException NotBegun() => new("Not begun.");
}

/// <summary>A rebuild cannot go on, and trying again changes nothing.</summary>
internal sealed class RebuildRefusedException(string message) : Exception(message);
