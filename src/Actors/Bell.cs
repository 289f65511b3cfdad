namespace Trading.Actors;

/// <summary>Makes whoever waits look again. A ring that nobody waited for is not lost; many are one. One waits at a time.
/// </summary>
internal sealed class Bell(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiting;
    private bool _rung;

    /// <summary>Rings.</summary>
    public void Ring()
    {
        lock (_gate)
        {
            _rung = true;
            _waiting?.TrySetResult();
        }
    }

    /// <summary>Waits for a ring, or until the time is over; null for no such time.</summary>
    public async Task WaitAsync(TimeSpan? atMost, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_rung)
            {
                _rung = false;
                return;
            }

            _waiting = waiting;
        }

        await using var late = atMost is { } most
            ? time.CreateTimer(_ => waiting.TrySetResult(), null, most, Timeout.InfiniteTimeSpan)
            : null;
        await using var gone = cancellation.Register(() => waiting.TrySetCanceled(cancellation));
        await waiting.Task;
        lock (_gate)
        {
            _rung = false;
            _waiting = null;
        }
    }
}
