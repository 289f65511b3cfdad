using System.Threading.Channels;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>One request on its way to the log, and the promise of its outcome.</summary>
internal sealed class Pending<TRequest>(TRequest request, int events, CancellationToken cancellation)
{
    private readonly TaskCompletionSource<AppendOutcome> _outcome = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public TRequest Request { get; } = request;

    public int Events { get; } = events;

    public CancellationToken Cancellation { get; } = cancellation;

    public Task<AppendOutcome> Outcome => _outcome.Task;

    public void Answer(AppendOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception reason) => _outcome.TrySetException(reason);

    public void Withdraw() => _outcome.TrySetCanceled(Cancellation);
}

/// <summary>The one writer of a log in this process: commits together whatever was asked for while the commit before was
/// in flight. Latency is one commit, throughput is batches.</summary>
internal sealed class GroupCommit<TRequest> : IAsyncDisposable
{
    private readonly Channel<Pending<TRequest>> _queue;
    private readonly Func<IReadOnlyList<Pending<TRequest>>, Task> _commit;
    private readonly int _maxEvents;
    private readonly LogMetrics _metrics;
    private readonly Task _running;

    public GroupCommit(
        Func<IReadOnlyList<Pending<TRequest>>, Task> commit,
        EventStoreOptions options,
        LogMetrics metrics
    )
    {
        _commit = commit;
        _maxEvents = options.MaxBatchEvents;
        _metrics = metrics;
        _queue = Channel.CreateBounded<Pending<TRequest>>(
            new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true }
        );
        _running = Task.Run(RunAsync);
    }

    /// <summary>Asks for an append. Cancelling before the commit has begun withdraws the request; later the outcome is
    /// merely no longer waited for.</summary>
    /// <exception cref="ChannelClosedException">The log is being closed.</exception>
    public async ValueTask<AppendOutcome> AppendAsync(TRequest request, int events, CancellationToken cancellation)
    {
        var pending = new Pending<TRequest>(request, events, cancellation);
        _metrics.Queued(1);
        try
        {
            await _queue.Writer.WriteAsync(pending, cancellation);
        }
        catch (Exception notQueued) when (notQueued is OperationCanceledException or ChannelClosedException)
        {
            _metrics.Queued(-1);
            throw;
        }

        return await (cancellation.CanBeCanceled ? pending.Outcome.WaitAsync(cancellation) : pending.Outcome);
    }

    /// <summary>Commits what is queued, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            var batch = Drain();
            if (batch.Count > 0)
            {
                await _commit(batch);
            }
        }
    }

    private List<Pending<TRequest>> Drain()
    {
        var batch = new List<Pending<TRequest>>();
        var events = 0;
        while (_queue.Reader.TryPeek(out var next) && (batch.Count == 0 || events + next.Events <= _maxEvents))
        {
            _queue.Reader.TryRead(out _);
            _metrics.Queued(-1);
            if (next.Cancellation.IsCancellationRequested)
            {
                next.Withdraw();
                continue;
            }

            batch.Add(next);
            events += next.Events;
        }

        return batch;
    }
}
