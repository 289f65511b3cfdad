using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.EventStore.Archive;

/// <summary>The market log with what was archived before it: whoever reads from an early offset gets the archived ticks first
/// and then those of the log, and sees no seam.</summary>
/// <param name="log">The log.</param>
/// <param name="folder">An archive folder.</param>
public sealed class ArchivedTickLog(ITickLog log, string folder) : ITickLog
{
    private readonly ArchiveReader _archive = new(folder);

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    ) => log.AppendAsync(feed, epoch, ticks, cancellation);

    /// <inheritdoc/>
    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        log.ClaimAsync(feed, cancellation);

    /// <inheritdoc/>
    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

    /// <inheritdoc/>
    /// <exception cref="LogDamagedException">An archive file is not whole.</exception>
    public async IAsyncEnumerable<TickBlock> ReadAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        foreach (var block in _archive.BlocksAfter(after, cancellation))
        {
            after = block.Last;
            yield return block;
        }

        await foreach (var block in log.ReadAsync(after, cancellation))
        {
            yield return block;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="LogDamagedException">An archive file is not whole.</exception>
    public async IAsyncEnumerable<TickBlock> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        foreach (var block in _archive.BlocksAfter(after, cancellation))
        {
            after = block.Last;
            yield return block;
        }

        await foreach (var block in log.SubscribeAsync(after, cancellation))
        {
            yield return block;
        }
    }
}
