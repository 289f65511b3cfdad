using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Projections.Schema;

namespace Trading.Projections.Running;

/// <summary>A projection that can be run, whatever log it folds.</summary>
internal interface IProjectionRunner
{
    /// <summary>The read model.</summary>
    string Model { get; }

    /// <summary>How far it is and how it does.</summary>
    Progress Progress { get; }

    /// <summary>Runs until cancelled; failures are retried.</summary>
    Task RunAsync(CancellationToken cancellation);

    /// <summary>Asks to look again at which table is live, what operators decided, and the parked streams.</summary>
    void Nudge();
}

/// <summary>Carries the live table of one read model along its log: a batch folded, its rows and the checkpoint committed
/// together, and so on. Runs on one node at a time. When another table takes the live one's place, it goes on there.
/// </summary>
internal sealed class ProjectionRunner<TItem>(
    ModelCode<TItem> code,
    Feed<TItem> feed,
    Ground ground,
    int mostEvents,
    ProjectionMetrics metrics
) : IProjectionRunner
{
    private readonly ProjectionOptions _options = ground.Options;
    private readonly TimeProvider _time = ground.Time;
    private readonly ILogger _logger = ground.Logger;
    private volatile TaskCompletionSource _nudged = NewSignal();
    private int _failures;

    public string Model => code.Name;

    public Progress Progress { get; } = new(code.Newest.First.Projection, ground.Options, ground.Time);

    public void Nudge() => _nudged.TrySetResult();

    public async Task RunAsync(CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var watch = WatchAsync(stop.Token);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }
            // Not a failure: the table was replaced between two batches, and the new one is waiting.
            catch (PostgresException replaced) when (replaced.SqlState == CheckpointStore.Replaced)
            {
                Log.Replaced(_logger, Progress.Projection);
            }
            catch (PostgresException moved) when (moved.SqlState == CheckpointStore.Moved)
            {
                Log.CheckpointMoved(_logger, Progress.Projection);
                await PauseAsync(moved, cancellation);
            }
            // Whatever it is, a projection does not give up: it shows as failing, then as stuck, until it is mended.
            catch (Exception exception)
            {
                Log.Failed(_logger, exception, Progress.Projection, NextPause());
                await PauseAsync(exception, cancellation);
            }
        }

        await stop.CancelAsync();
        await watch;
        Progress.Stop();
    }

    private async Task RunOnceAsync(CancellationToken cancellation)
    {
        await using var connection = await ground.Sources.Projector.OpenConnectionAsync(cancellation);
        var (target, projection) = await TakeAsync(connection, cancellation);
        var store = new CheckpointStore(connection, target.Projection);
        var checkpoint = await store.ReadAsync(cancellation);
        Progress.Begin(checkpoint, await feed.HeadAsync(cancellation), await store.ReadParkedAsync(cancellation));
        Log.Began(_logger, target.Projection, checkpoint.Value);
        var batches = new Batches<TItem>(projection, feed, connection, store, Progress, metrics, _logger)
        {
            Skipped = await SkippedEvents.LoadAsync(ground.Journal, Model, cancellation),
        };
        // A restart is the usual way in which a mended fold arrives.
        await batches.RetryParkedAsync(checkpoint, cancellation);
        await using var reader = new FeedReader<TItem>(feed, checkpoint, mostEvents, projection.Prepare, cancellation);
        var next = reader.NextAsync(cancellation);
        while (true)
        {
            await Task.WhenAny(next, _nudged.Task);
            if (_nudged.Task.IsCompleted)
            {
                _nudged = NewSignal();
                if ((await Generations.LiveAsync(connection, Model, cancellation))?.Number != target.Number)
                {
                    Log.Replaced(_logger, target.Projection);
                    return;
                }

                batches.Skipped = await SkippedEvents.LoadAsync(ground.Journal, Model, cancellation);
                await batches.RetryParkedAsync(checkpoint, cancellation);
                continue;
            }

            var batch = await next;
            Progress.Pending(feed.RecordedAt(batch[0]));
            Progress.SeeHead(feed.LastOf(batch[^1]));
            var began = _time.GetTimestamp();
            var skipped = await batches.ApplyAsync(checkpoint, batch, cancellation);
            checkpoint = feed.LastOf(batch[^1]);
            metrics.Folded(target.Projection, batch.Sum(feed.CountOf), skipped, _time.GetElapsedTime(began));
            Progress.Succeed();
            _failures = 0;
            next = reader.NextAsync(cancellation);
        }
    }

    // Waits until the live table is one that this program can fold into, and nobody else does.
    private async Task<(StoredGeneration Target, Projection<TItem> Projection)> TakeAsync(
        NpgsqlConnection connection,
        CancellationToken cancellation
    )
    {
        var told = -1;
        while (true)
        {
            var live =
                await Generations.LiveAsync(connection, Model, cancellation)
                ?? throw new InvalidOperationException($"{Model} has no table: the read schema is not migrated.");
            Progress.Serve(live.Projection);
            if (code.Make(live) is not { } projection)
            {
                await AwaitOtherCodeAsync(connection, live, cancellation);
            }
            else if (await new CheckpointStore(connection, live.Projection).TryLockAsync(cancellation))
            {
                return (live, projection);
            }
            else
            {
                if (told != live.Number)
                {
                    told = live.Number;
                    Log.StandsBy(_logger, live.Projection);
                }

                Progress.StandBy(live.Checkpoint);
            }

            await Task.WhenAny(Task.Delay(_options.WatchPeriod, _time, cancellation), _nudged.Task);
            cancellation.ThrowIfCancellationRequested();
            _nudged = _nudged.Task.IsCompleted ? NewSignal() : _nudged;
        }
    }

    // The live table is of another version. While a rebuild is on its way to replace it, that is as it should be.
    private async Task AwaitOtherCodeAsync(
        NpgsqlConnection connection,
        StoredGeneration live,
        CancellationToken cancellation
    )
    {
        if (
            await connection.ScalarAsync(
                "select 1 from read.rebuilds where model = $1 and state in ('waiting', 'filling', 'verifying')",
                cancellation,
                Reading.UserReads.Value(Model)
            )
            is not null
        )
        {
            Progress.AwaitRebuild(live.Checkpoint);
            return;
        }

        Progress.Serve(live.Projection);
        Progress.Reach(live.Checkpoint);
        Progress.Fail($"version {live.Version} of {Model} is not in this program");
    }

    // The head is looked at apart from the work, so that a gap shows even when the work hangs.
    private async Task WatchAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                Progress.Look();
                Progress.SeeHead(await feed.HeadAsync(cancellation));
                await Task.Delay(_options.WatchPeriod, _time, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Progress.Fail($"head: {exception.GetType().Name}");
                await PauseQuietlyAsync(_options.WatchPeriod, cancellation);
            }
        }
    }

    private async Task PauseAsync(Exception exception, CancellationToken cancellation)
    {
        metrics.Failed(Progress.Projection);
        Progress.Fail(
            exception is PostgresException database
                ? $"{database.SqlState}: {database.MessageText}"
                : exception.GetType().Name
        );
        var pause = NextPause();
        _failures++;
        await PauseQuietlyAsync(pause, cancellation);
    }

    private TimeSpan NextPause()
    {
        var doubled = _options.FirstPause * Math.Pow(2, Math.Min(_failures, 16));
        return doubled < _options.LongestPause ? doubled : _options.LongestPause;
    }

    private async Task PauseQuietlyAsync(TimeSpan pause, CancellationToken cancellation) =>
        await Task.Delay(pause, _time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
