using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A log that is another one but for the way it is followed.</summary>
internal abstract class ForwardingLog(IEventLog inner) : IEventLog
{
    protected IEventLog Inner => inner;

    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        inner.AppendAsync(request, cancellation);

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

    public abstract IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    );
}
