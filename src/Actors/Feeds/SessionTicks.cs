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

    /// <summary>The link's subscriptions begin anew: the broker repeats each symbol's last quote.</summary>
    public void SubscribedAnew() => recorder.ExpectRepeats(user);
}
