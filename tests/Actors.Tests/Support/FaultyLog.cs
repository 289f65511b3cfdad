using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.InMemory;

namespace Trading.Actors.Tests.Support;

/// <summary>The in-memory journal with a hand on its throat: appends can be held, refused, or lost on the way back.</summary>
internal sealed class FaultyLog(InMemoryEventLog inner) : IEventLog
{
    public Func<AppendRequest, Task> Before { get; set; } = _ => Task.CompletedTask;

    public Func<AppendRequest, Task> After { get; set; } = _ => Task.CompletedTask;

    public async ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        await Before(request);
        var outcome = await inner.AppendAsync(request, cancellation);
        await After(request);
        return outcome;
    }

    public ValueTask<StreamClaim> ClaimAsync(StreamName stream, CancellationToken cancellation) =>
        inner.ClaimAsync(stream, cancellation);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReadStreamAsync(stream, after, cancellation);

    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.StartReplayAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReplayAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        inner.ReadAsync(after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => inner.SubscribeAsync(after, cancellation);
}

/// <summary>The same for the market log.</summary>
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
