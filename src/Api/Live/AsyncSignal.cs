using System.Threading.Tasks.Sources;

namespace Trading.Api.Live;

/// <summary>Wakes one waiter. Signals that come while nobody waits count as one.</summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Signalled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _source = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Wakes the waiter, now or when it next waits.</summary>
    public void Set()
    {
        if (Interlocked.CompareExchange(ref _state, Signalled, Idle) != Waiting)
        {
            return;
        }

        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
        {
            _source.SetResult(true);
        }
        else
        {
            // Another signal woke the waiter in between: this one counts for its next wait.
            Interlocked.CompareExchange(ref _state, Signalled, Idle);
        }
    }

    /// <summary>Waits for a signal. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signalled) == Signalled)
        {
            return ValueTask.CompletedTask;
        }

        _source.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new(this, _source.Version);
        }

        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    void IValueTaskSource.GetResult(short token) => _source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _source.OnCompleted(continuation, state, token, flags);
}
