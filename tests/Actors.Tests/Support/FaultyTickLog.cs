using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.InMemory;

namespace Trading.Actors.Tests.Support;

/// <summary>The market log with a hand on its throat: appends can be held, refused, or lost on the way back.</summary>
internal sealed class FaultyTickLog(InMemoryTickLog inner) : ITickLog
{
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    public Func<Task> After { get; set; } = () => Task.CompletedTask;

    public Func<StreamName, Task> AfterOn { get; set; } = _ => Task.CompletedTask;

    /// <summary>Throws when a reading is to fail.</summary>
    public Action BeforeReading { get; set; } = () => { };

    public async ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    )
    {
        await Before();
        var outcome = await inner.AppendAsync(feed, epoch, ticks, cancellation);
        await After();
        await AfterOn(feed);
        return outcome;
    }

    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        inner.ClaimAsync(feed, cancellation);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation)
    {
        BeforeReading();
        return inner.ReadAsync(after, cancellation);
    }

    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        inner.SubscribeAsync(after, cancellation);
}
