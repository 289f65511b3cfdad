using System.Threading.Channels;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>Gathers the appends of a log in this process: commits together whatever was asked for while the commit before
/// was in flight. Latency is one commit, throughput is batches. When much is waiting, a second batch is sent on its way
/// while the first is at work in the server, so that neither side waits for the other to read and write; requests on one
/// stream never overtake each other.</summary>
internal sealed class GroupCommit<TRequest> : IAsyncDisposable
    where TRequest : IAppendable
{
    private readonly Channel<Pending<TRequest>> _queue;
    private readonly Lane[] _lanes;
    private readonly int _maxWeight;
    private readonly LogMetrics _metrics;
    private readonly Task _running;
    private long _queuedWeight;
    private TaskCompletionSource? _muchWaits;

    /// <param name="commits">One way to the server, or two; each is used for one batch at a time.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="metrics">Counters.</param>
    public GroupCommit(
        IReadOnlyList<Func<IReadOnlyList<Pending<TRequest>>, Task>> commits,
        EventStoreOptions options,
        LogMetrics metrics
    )
    {
        _lanes = [.. commits.Select(commit => new Lane(commit))];
        _maxWeight = options.MaxBatchEvents;
        _metrics = metrics;
        _queue = Channel.CreateBounded<Pending<TRequest>>(
            new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true }
        );
        _running = Task.Run(RunAsync);
    }

    /// <summary>Asks for an append. Cancelling before the commit has begun withdraws the request; later the outcome is
    /// merely no longer waited for.</summary>
    /// <exception cref="ChannelClosedException">The log is being closed.</exception>
    public async ValueTask<AppendOutcome> AppendAsync(TRequest request, CancellationToken cancellation)
    {
        var pending = new Pending<TRequest>(request, cancellation);
        Queued(1, request.Weight);
        try
        {
            await _queue.Writer.WriteAsync(pending, cancellation);
        }
        catch (Exception notQueued) when (notQueued is OperationCanceledException or ChannelClosedException)
        {
            Queued(-1, -request.Weight);
            throw;
        }

        if (MuchWaits)
        {
            Volatile.Read(ref _muchWaits)?.TrySetResult();
        }

        return await (cancellation.CanBeCanceled ? pending.Outcome.WaitAsync(cancellation) : pending.Outcome);
    }

    private bool MuchWaits => Interlocked.Read(ref _queuedWeight) >= _maxWeight / 2;

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
            var busy = Array.FindAll(_lanes, lane => !lane.Running.IsCompleted);
            if (busy.Length == _lanes.Length)
            {
                await Task.WhenAny(busy.Select(lane => lane.Running));
            }
            else if (busy.Length > 0 && !MuchWaits)
            {
                // Little waits: better let it grow until the commit in flight is done.
                await OneDoneOrMuchWaitsAsync(busy);
            }
            else if (Drain(busy) is { Count: > 0 } batch)
            {
                Array.Find(_lanes, lane => lane.Running.IsCompleted)!.Start(batch);
            }
            else if (busy.Length > 0)
            {
                await Task.WhenAny(busy.Select(lane => lane.Running));
            }
        }

        await Task.WhenAll(_lanes.Select(lane => lane.Running));
    }

    private async Task OneDoneOrMuchWaitsAsync(Lane[] busy)
    {
        var muchWaits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _muchWaits, muchWaits);
        if (!MuchWaits)
        {
            await Task.WhenAny([muchWaits.Task, .. busy.Select(lane => lane.Running)]);
        }
    }

    // Stops at a request on a stream that is in flight: it must not arrive before what was asked first.
    private List<Pending<TRequest>> Drain(Lane[] busy)
    {
        var batch = new List<Pending<TRequest>>();
        var weight = 0;
        while (
            _queue.Reader.TryPeek(out var next)
            && (batch.Count == 0 || weight + next.Request.Weight <= _maxWeight)
            && !Array.Exists(busy, lane => lane.Streams.Contains(next.Request.Stream))
        )
        {
            _queue.Reader.TryRead(out _);
            Queued(-1, -next.Request.Weight);
            if (next.Cancellation.IsCancellationRequested)
            {
                next.Withdraw();
                continue;
            }

            batch.Add(next);
            weight += next.Request.Weight;
        }

        return batch;
    }

    private void Queued(int requests, int weight)
    {
        _metrics.Queued(requests);
        Interlocked.Add(ref _queuedWeight, weight);
    }

    private sealed class Lane(Func<IReadOnlyList<Pending<TRequest>>, Task> commit)
    {
        public Task Running { get; private set; } = Task.CompletedTask;

        public HashSet<StreamName> Streams { get; } = [];

        public void Start(IReadOnlyList<Pending<TRequest>> batch)
        {
            Streams.Clear();
            foreach (var pending in batch)
            {
                Streams.Add(pending.Request.Stream);
            }

            Running = commit(batch);
        }
    }
}
