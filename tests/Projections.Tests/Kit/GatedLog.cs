using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A log that hands out single events and stops before an offset until it is let on. Remembers from where it was
/// read.</summary>
internal sealed class GatedLog(IEventLog inner, Offset gate) : ForwardingLog(inner)
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

    public override async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        lock (_begun)
        {
            _begun.Add(after);
        }

        await foreach (var batch in Inner.SubscribeAsync(after, cancellation))
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
