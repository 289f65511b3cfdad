using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.Market;

namespace Trading.EventStore.Archive;

/// <summary>Looks back into the market log and, where that reaches no further, into what was archived before it. A file is read
/// through for each question that reaches it.</summary>
/// <param name="log">The log.</param>
/// <param name="folder">An archive folder.</param>
public sealed class ArchivedTickHistory(ITickHistory log, string folder) : ITickHistory
{
    private readonly ArchiveReader _archive = new(folder);

    /// <inheritdoc/>
    /// <exception cref="LogDamagedException">An archive file is not whole.</exception>
    public async ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation)
    {
        if (await log.OffsetAtAsync(moment, cancellation) is { Value: > 0 } found)
        {
            return found;
        }

        foreach (var file in _archive.Files.Reverse())
        {
            if (file.RecordedTo <= moment)
            {
                return new(file.Last);
            }

            var last = _archive.BlocksOf(file).TakeWhile(block => block.RecordedAt <= moment).LastOrDefault();
            if (last is not null)
            {
                return last.Last;
            }
        }

        return Offset.Start;
    }

    /// <inheritdoc/>
    /// <exception cref="LogDamagedException">An archive file is not whole.</exception>
    public async ValueTask<PastTick?> NewestAsync(
        StreamName feed,
        SymbolName symbol,
        Offset upTo,
        CancellationToken cancellation
    )
    {
        if (await log.NewestAsync(feed, symbol, upTo, cancellation) is { } found)
        {
            return found;
        }

        foreach (var file in _archive.Files.Where(file => file.First <= upTo.Value).Reverse())
        {
            PastTick? newest = null;
            foreach (var block in _archive.BlocksOf(file).TakeWhile(block => block.First <= upTo))
            {
                cancellation.ThrowIfCancellationRequested();
                newest = block.Stream == feed ? MarketHistory.NewestIn(block, symbol, upTo) ?? newest : newest;
            }

            if (newest is not null)
            {
                return newest;
            }
        }

        return null;
    }
}
