using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Market;

/// <summary>One flush of ticks, packed on its caller's thread.</summary>
/// <param name="Feed">The stream.</param>
/// <param name="Epoch">The feed's claim.</param>
/// <param name="RecordId">Names the record, so that it can be found after a broken connection.</param>
/// <param name="Ticks">A copy that nobody else changes.</param>
/// <param name="Block">The ticks, packed.</param>
internal sealed record MarketRequest(StreamName Feed, Epoch Epoch, Guid RecordId, Tick[] Ticks, byte[] Block)
    : IAppendable
{
    // Rows of the journal have about this many bytes.
    private const int BytesOfAnEvent = 256;

    public StreamName Stream => Feed;

    public int Count => Ticks.Length;

    public int Weight => 1 + (Block.Length / BytesOfAnEvent);

    /// <summary>Checks, copies and packs ticks.</summary>
    /// <exception cref="ArgumentException">No ticks, or too many.</exception>
    public static MarketRequest From(StreamName feed, Epoch epoch, ReadOnlyMemory<Tick> ticks, Guid recordId)
    {
        if (ticks.Length is 0 or > TickBlockCodec.MaxTicks)
        {
            throw new ArgumentException(
                $"An append has 1 to {TickBlockCodec.MaxTicks} ticks, not {ticks.Length}.",
                nameof(ticks)
            );
        }

        var own = ticks.ToArray();
        return new(feed, epoch, recordId, own, TickBlockCodec.Encode(own));
    }
}
