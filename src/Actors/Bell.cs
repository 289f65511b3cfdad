using System.Threading.Channels;

namespace Trading.Actors;

/// <summary>Makes whoever waits look again. A ring that nobody waited for is not lost; many are one.</summary>
internal sealed class Bell(TimeProvider time)
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    /// <summary>Rings.</summary>
    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Waits for a ring, or until the time is over; null for no such time.</summary>
    public async Task WaitAsync(TimeSpan? atMost, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var rung = _rung.Reader.ReadAsync(patience.Token).AsTask();
        await Task.WhenAny(rung, Task.Delay(atMost ?? Timeout.InfiniteTimeSpan, time, patience.Token));
        await patience.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
    }
}
