using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Projections.Running;

/// <summary>A log as a projection sees it: items in order, of either log.</summary>
internal abstract class Feed<TItem>
{
    /// <summary>Everything after an offset, then what comes, without end.</summary>
    public abstract IAsyncEnumerable<IReadOnlyList<TItem>> SubscribeAsync(Offset after, CancellationToken cancellation);

    /// <summary>The newest offset.</summary>
    public abstract ValueTask<Offset> HeadAsync(CancellationToken cancellation);

    /// <summary>The items of a parked stream from the one that was parked on.</summary>
    public abstract IAsyncEnumerable<TItem> ReadAgainAsync(ParkedStream parked, CancellationToken cancellation);

    /// <summary>The offset of the last event in the item.</summary>
    public abstract Offset LastOf(TItem item);

    /// <summary>The offset of the first event in the item.</summary>
    public abstract Offset FirstOf(TItem item);

    /// <summary>The number of events in the item.</summary>
    public abstract int CountOf(TItem item);

    /// <summary>What of an item stands up to an offset inside it, and what stands after.</summary>
    public abstract (TItem Front, TItem Back) Cut(TItem item, Offset upTo);

    /// <summary>The stream of the item.</summary>
    public abstract StreamName StreamOf(TItem item);

    /// <summary>When the log took the item.</summary>
    public abstract DateTimeOffset RecordedAt(TItem item);

    /// <summary>The item as the reason why its stream is set aside.</summary>
    public abstract ParkedStream Park(TItem item, string reason);
}

/// <summary>The journal: an item is an event.</summary>
internal sealed class JournalFeed(IEventLog log) : Feed<RecordedEvent>
{
    public override IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => log.SubscribeAsync(after, cancellation);

    public override ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

    public override IAsyncEnumerable<RecordedEvent> ReadAgainAsync(
        ParkedStream parked,
        CancellationToken cancellation
    ) => log.ReadStreamAsync(parked.Stream, new(parked.Version.Value - 1), cancellation);

    public override Offset LastOf(RecordedEvent item) => item.Offset;

    public override Offset FirstOf(RecordedEvent item) => item.Offset;

    public override int CountOf(RecordedEvent item) => 1;

    public override (RecordedEvent Front, RecordedEvent Back) Cut(RecordedEvent item, Offset upTo) =>
        throw new InvalidOperationException("One event has no inside.");

    public override StreamName StreamOf(RecordedEvent item) => item.Stream;

    public override DateTimeOffset RecordedAt(RecordedEvent item) => item.RecordedAt;

    public override ParkedStream Park(RecordedEvent item, string reason) =>
        new(item.Stream, item.Offset, item.Version, item.Id, item.Type, reason);
}

/// <summary>The market log: an item is a block of ticks.</summary>
internal sealed class MarketFeed(ITickLog log) : Feed<TickBlock>
{
    public override async IAsyncEnumerable<IReadOnlyList<TickBlock>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var block in log.SubscribeAsync(after, cancellation))
        {
            yield return [block];
        }
    }

    public override ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

    public override async IAsyncEnumerable<TickBlock> ReadAgainAsync(
        ParkedStream parked,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var block in log.ReadAsync(new(parked.Offset.Value - 1), cancellation))
        {
            if (block.Stream == parked.Stream)
            {
                yield return block;
            }
        }
    }

    public override Offset LastOf(TickBlock item) => item.Last;

    public override Offset FirstOf(TickBlock item) => item.First;

    public override int CountOf(TickBlock item) => item.Ticks.Length;

    public override (TickBlock Front, TickBlock Back) Cut(TickBlock item, Offset upTo)
    {
        var front = (int)(upTo.Value - item.First.Value + 1);
        return (
            item with
            {
                Ticks = item.Ticks[..front],
            },
            item with
            {
                First = upTo.Plus(1),
                Ticks = item.Ticks[front..],
            }
        );
    }

    public override StreamName StreamOf(TickBlock item) => item.Stream;

    public override DateTimeOffset RecordedAt(TickBlock item) => item.RecordedAt;

    public override ParkedStream Park(TickBlock item, string reason) =>
        new(item.Stream, item.First, default, null, "ticks", reason);
}
