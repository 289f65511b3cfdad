using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A log that hands out single events and stops before an offset until it is let on. Remembers from where it was
/// read.</summary>
internal sealed class GatedLog(IEventLog inner, Offset gate) : IEventLog
{
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Offset> _begun = [];

    /// <summary>The places from which subscriptions began.</summary>
    public IReadOnlyList<Offset> Begun
    {
        get
        {
            lock (_begun)
            {
                return [.. _begun];
            }
        }
    }

    public void Open() => _open.TrySetResult();

    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        inner.AppendAsync(request, cancellation);

    public ValueTask<StreamClaim> ClaimAsync(StreamName stream, CancellationToken cancellation) =>
        inner.ClaimAsync(stream, cancellation);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReadStreamAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReplayAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        inner.ReadAsync(after, cancellation);

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        lock (_begun)
        {
            _begun.Add(after);
        }

        await foreach (var batch in inner.SubscribeAsync(after, cancellation))
        {
            foreach (var recorded in batch)
            {
                if (recorded.Offset >= gate)
                {
                    await _open.Task.WaitAsync(cancellation);
                }

                yield return [recorded];
            }
        }
    }
}
