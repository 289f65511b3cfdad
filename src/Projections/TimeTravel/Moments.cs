using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Messages;

namespace Trading.Projections.TimeTravel;

/// <summary>Finds the place in the journal that a moment means.</summary>
public sealed class Moments(IEventLog journal, IJournalHistory past, TimeProvider time)
{
    /// <summary>The place and the time of a moment; null when it has not come yet. Of an offset the time is when its event
    /// was recorded.</summary>
    public async ValueTask<AsOf?> FindAsync(Moment moment, CancellationToken cancellation)
    {
        switch (moment)
        {
            case Moment.AtTime { Time: var at }:
                return at > time.GetUtcNow() ? null : new((await past.OffsetAtAsync(at, cancellation)).Value, at);
            case Moment.AtOffset { Offset: var offset } when offset == Offset.Start:
                return new(0, DateTimeOffset.UnixEpoch);
            case Moment.AtOffset { Offset: var offset }:
                return await past.FindAsync(offset, cancellation) is { } recorded
                    ? new(offset.Value, recorded.RecordedAt)
                    : null;
            default:
                throw new ArgumentException("A moment is an offset or a time.", nameof(moment));
        }
    }

    /// <summary>This moment: the journal's head, and the newest prices.</summary>
    public async ValueTask<AsOf> NowAsync(CancellationToken cancellation)
    {
        var head = await journal.HeadAsync(cancellation);
        return new(head.Value, time.GetUtcNow());
    }
}
