using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A log that hands out all it holds in one part.</summary>
internal sealed class WholeLog(IEventLog inner) : ForwardingLog(inner)
{
    public override async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var head = await Inner.HeadAsync(cancellation);
        var all = new List<RecordedEvent>();
        await foreach (var batch in Inner.SubscribeAsync(after, cancellation))
        {
            all.AddRange(batch);
            if (batch[^1].Offset >= head)
            {
                yield return all;
                all = [];
            }
        }
    }
}
