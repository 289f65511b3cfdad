using Trading.Domain;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>Takes the ticks of one session's link to its environment's recorder.</summary>
internal sealed class SessionTicks(TickRecorder recorder, UserKey user) : ITickSink
{
    /// <inheritdoc/>
    public ValueTask AcceptAsync(ReadOnlyMemory<Tick> ticks, CancellationToken cancellation) =>
        recorder.AcceptAsync(user, ticks, cancellation);

    /// <summary>The link listens no more, until it stands again.</summary>
    public void Interrupted() => recorder.Interrupted(user);

    /// <summary>The broker repeats the last quote of each symbol that is subscribed from now on; null stands for all.
    /// </summary>
    public void ExpectRepeats(IEnumerable<SymbolName>? symbols = null) => recorder.ExpectRepeats(user, symbols);
}
