using Microsoft.Extensions.Logging;
using Npgsql;

namespace Trading.Projections.Running;

/// <summary>A projection that can be run, whatever log it folds.</summary>
internal interface IProjectionRunner
{
    /// <summary>How far it is and how it does.</summary>
    Progress Progress { get; }

    /// <summary>Runs until cancelled; failures are retried.</summary>
    Task RunAsync(CancellationToken cancellation);

    /// <summary>Asks for the parked streams to be tried again.</summary>
    void RetryParked();
}

/// <summary>Carries one projection along its log: a batch folded, its rows and the checkpoint committed together, and so
/// on. Runs on one node at a time.</summary>
internal sealed class ProjectionRunner<TItem>(
    Projection<TItem> projection,
    Feed<TItem> feed,
    NpgsqlDataSource database,
    int mostEvents,
    ProjectionOptions options,
    TimeProvider time,
    ProjectionMetrics metrics,
    ILogger logger
) : IProjectionRunner
{
    private readonly string _name = projection.Model.Projection;
    private volatile TaskCompletionSource _retryAsked = NewSignal();
    private int _failures;

    public Progress Progress { get; } = new(projection.Model.Projection, options, time);

    public void RetryParked() => _retryAsked.TrySetResult();

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
            catch (PostgresException moved) when (moved.SqlState == CheckpointStore.Moved)
            {
                Log.CheckpointMoved(logger, _name);
                await PauseAsync(moved, cancellation);
            }
            // Whatever it is, a projection does not give up: it shows as failing, then as stuck, until it is mended.
            catch (Exception exception)
            {
                Log.Failed(logger, exception, _name, NextPause());
                await PauseAsync(exception, cancellation);
            }
        }

        await stop.CancelAsync();
        await watch;
        Progress.Stop();
    }

    private async Task RunOnceAsync(CancellationToken cancellation)
    {
        projection.Forget();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var store = new CheckpointStore(connection, _name);
        if (!await store.TryLockAsync(cancellation))
        {
            Log.StandsBy(logger, _name);
            do
            {
                Progress.StandBy(await store.ReadAsync(cancellation));
                await Task.Delay(options.WatchPeriod, time, cancellation);
            } while (!await store.TryLockAsync(cancellation));
        }

        var checkpoint = await store.ReadAsync(cancellation);
        Progress.Begin(checkpoint, await feed.HeadAsync(cancellation), await store.ReadParkedAsync(cancellation));
        Log.Began(logger, _name, checkpoint.Value);
        var batches = new Batches<TItem>(projection, feed, connection, store, Progress, metrics, logger);
        // A restart is the usual way in which a mended fold arrives.
        await batches.RetryParkedAsync(checkpoint, cancellation);
        await using var reader = new FeedReader<TItem>(feed, checkpoint, mostEvents, cancellation);
        var next = reader.NextAsync(cancellation);
        while (true)
        {
            await Task.WhenAny(next, _retryAsked.Task);
            if (_retryAsked.Task.IsCompleted)
            {
                _retryAsked = NewSignal();
                await batches.RetryParkedAsync(checkpoint, cancellation);
                continue;
            }

            var batch = await next;
            Progress.Pending(feed.RecordedAt(batch[0]));
            Progress.SeeHead(feed.LastOf(batch[^1]));
            var began = time.GetTimestamp();
            var skipped = await batches.ApplyAsync(checkpoint, batch, cancellation);
            checkpoint = feed.LastOf(batch[^1]);
            metrics.Folded(_name, batch.Sum(feed.CountOf), skipped, time.GetElapsedTime(began));
            Progress.Succeed();
            _failures = 0;
            next = reader.NextAsync(cancellation);
        }
    }

    // The head is looked at apart from the work, so that a gap shows even when the work hangs.
    private async Task WatchAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                Progress.SeeHead(await feed.HeadAsync(cancellation));
                await Task.Delay(options.WatchPeriod, time, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Progress.Fail($"head: {exception.GetType().Name}");
                await PauseQuietlyAsync(options.WatchPeriod, cancellation);
            }
        }
    }

    private async Task PauseAsync(Exception exception, CancellationToken cancellation)
    {
        metrics.Failed(_name);
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
        var doubled = options.FirstPause * Math.Pow(2, Math.Min(_failures, 16));
        return doubled < options.LongestPause ? doubled : options.LongestPause;
    }

    private async Task PauseQuietlyAsync(TimeSpan pause, CancellationToken cancellation) =>
        await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
