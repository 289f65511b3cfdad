using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>What can be appended to a log.</summary>
internal interface IAppendable
{
    /// <summary>The stream it is for.</summary>
    StreamName Stream { get; }

    /// <summary>How many offsets it takes.</summary>
    int Count { get; }

    /// <summary>How much work it is for the server, in journal events.</summary>
    int Weight { get; }
}

/// <summary>One request on its way to the log, and the promise of its outcome.</summary>
internal sealed class Pending<TRequest>(TRequest request, CancellationToken cancellation)
{
    private readonly TaskCompletionSource<AppendOutcome> _outcome = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public TRequest Request { get; } = request;

    public CancellationToken Cancellation { get; } = cancellation;

    public Task<AppendOutcome> Outcome => _outcome.Task;

    public void Answer(AppendOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception reason) => _outcome.TrySetException(reason);

    public void Withdraw() => _outcome.TrySetCanceled(Cancellation);
}
