using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A log that hands out its events in parts of any size, and breaks off now and then.</summary>
internal sealed class ChoppedLog(IEventLog inner, Func<int> nextSize, Func<bool> breaksOff) : ForwardingLog(inner)
{
    public override async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var batch in Inner.SubscribeAsync(after, cancellation))
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
