using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Projections.Tests.Kit;

/// <summary>A market log whose first ticks have left by retention.</summary>
internal sealed class LateTickLog(ITickLog inner, Offset gone) : ITickLog
{
    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    ) => inner.AppendAsync(feed, epoch, ticks, cancellation);

    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        inner.ClaimAsync(feed, cancellation);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation) =>
        LeftAsync(inner.ReadAsync(after, cancellation), cancellation);

    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        LeftAsync(inner.SubscribeAsync(after, cancellation), cancellation);

    private async IAsyncEnumerable<TickBlock> LeftAsync(
        IAsyncEnumerable<TickBlock> blocks,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var block in blocks.WithCancellation(cancellation))
        {
            if (block.First > gone)
            {
                yield return block;
            }
        }
    }
}
