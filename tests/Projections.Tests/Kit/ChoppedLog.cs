using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A log that hands out its events in parts of any size, and breaks off now and then.</summary>
internal sealed class ChoppedLog(IEventLog inner, Func<int> nextSize, Func<bool> breaksOff) : IEventLog
{
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
        await foreach (var batch in inner.SubscribeAsync(after, cancellation))
        {
            for (var from = 0; from < batch.Count; )
            {
                if (breaksOff())
                {
                    throw new IOException("The log is away.");
                }

                var part = batch.Skip(from).Take(nextSize()).ToArray();
                from += part.Length;
                yield return part;
            }
        }
    }
}
