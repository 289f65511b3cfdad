using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.EventStore.Tests.Akka;

/// <summary>A log between which and its caller something may happen.</summary>
internal sealed class TroubledLog(IEventLog inner) : IEventLog
{
    /// <summary>Comes before an append.</summary>
    public Func<AppendRequest, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>Comes after it, before its outcome is told.</summary>
    public Func<AppendRequest, Task> After { get; set; } = _ => Task.CompletedTask;

    /// <summary>Comes before each page of a replay and before its beginning.</summary>
    public Func<Task> BeforeReading { get; set; } = () => Task.CompletedTask;

    public static Exception Away => new LogUnavailableException("The journal could not be reached.", new IOException());

    public async ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        await Before(request);
        var outcome = await inner.AppendAsync(request, cancellation);
        await After(request);
        return outcome;
    }

    public async ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    )
    {
        await BeforeReading();
        return await inner.StartReplayAsync(stream, after, cancellation);
    }

    public async IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var page in inner.ReplayAsync(stream, after, cancellation))
        {
            await BeforeReading();
            yield return page;
        }
    }

    public async ValueTask<Offset> HeadAsync(CancellationToken cancellation)
    {
        await BeforeReading();
        return await inner.HeadAsync(cancellation);
    }

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReadStreamAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        inner.ReadAsync(after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => inner.SubscribeAsync(after, cancellation);
}
