using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>Takes the ticks of one session's link to its environment's recorder, past every mailbox. Where the feed is not on
/// this node they are passed over.</summary>
internal sealed class SessionTicks(PriceFeed feed, UserKey user) : ITickSink
{
    /// <inheritdoc/>
    public ValueTask AcceptAsync(ReadOnlyMemory<Tick> ticks, CancellationToken cancellation) =>
        feed.Recorder?.AcceptAsync(user, ticks, cancellation) ?? default;

    /// <summary>The link listens no more, until it stands again.</summary>
    public void Interrupted() => feed.Recorder?.Interrupted(user);

    /// <summary>The broker repeats the last quote of each symbol that is subscribed from now on; null stands for all.
    /// </summary>
    public void ExpectRepeats(IEnumerable<SymbolName>? symbols = null) => feed.Recorder?.ExpectRepeats(user, symbols);
}
