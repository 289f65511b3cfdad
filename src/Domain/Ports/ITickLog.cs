using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Domain.Ports;

/// <summary>The market log: ticks, packed many to a record, each with its own dense offset. The same guarantees as the
/// journal, without the chain; old ticks leave by retention.</summary>
public interface ITickLog
{
    /// <summary>Appends ticks in this order; together or not at all. <paramref name="epoch"/> is the feed's claim.</summary>
    ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    );

    /// <summary>Claims a feed's stream for one owner: raises its epoch and gives it back with the stream's version at that
    /// moment. Every append under an older epoch is fenced from here. Ticks pass no mailbox and bear no sequence number: nothing
    /// else would tell a former owner.</summary>
    ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation);

    /// <summary>The offset of the newest tick.</summary>
    ValueTask<Offset> HeadAsync(CancellationToken cancellation);

    /// <summary>All ticks after <paramref name="after"/> up to the head at the time of the call. A block that begins earlier
    /// is cut, so that the first tick given is the one after <paramref name="after"/>.</summary>
    IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation);

    /// <summary>All ticks after <paramref name="after"/>, then each new block as soon as it is committed, without end.</summary>
    IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation);
}

/// <summary>A fresh claim on a feed's stream.</summary>
/// <param name="Epoch">To be given with every append.</param>
/// <param name="Version">The stream's version when claimed.</param>
public sealed record StreamClaim(Epoch Epoch, StreamVersion Version);
