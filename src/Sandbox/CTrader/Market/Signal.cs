namespace Trading.Sandbox.CTrader.Market;

/// <summary>Lets one waiter sleep until something changed or a time is over; a signal given before the wait is not lost.</summary>
internal sealed class Signal(TimeProvider time)
{
    private readonly SemaphoreSlim _given = new(0, 1);
    private readonly Lock _lock = new();

    public void Set()
    {
        lock (_lock)
        {
            if (_given.CurrentCount == 0)
            {
                _given.Release();
            }
        }
    }

    public async Task WaitAsync(TimeSpan atMost, CancellationToken ct)
    {
        await using var timer = time.CreateTimer(
            static s => ((Signal)s!).Set(),
            this,
            atMost,
            Timeout.InfiniteTimeSpan
        );
        await _given.WaitAsync(ct);
    }
}
