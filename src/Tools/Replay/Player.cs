using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.Replay;

/// <summary>What is played: an event of the journal or a block of ticks.</summary>
/// <param name="RecordedAt">When its log took it.</param>
/// <param name="Event">Null for ticks.</param>
/// <param name="Ticks">Null for an event.</param>
internal readonly record struct Played(DateTimeOffset RecordedAt, RecordedEvent? Event, TickBlock? Ticks);

/// <summary>Plays both logs together in the order in which they were recorded, with the pauses there were.</summary>
internal sealed class Player(IEventLog journal, ITickLog market, TimeProvider time)
{
    // A timer takes no more than seven weeks at once, and a log may be silent for longer.
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    /// <summary>Plays a part.</summary>
    /// <param name="part">What is played.</param>
    /// <param name="speed">1 for the pauses as they were, 10 for a tenth of them, 0 for none.</param>
    /// <param name="play">Takes one after the other; the next one waits for it.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task PlayAsync(
        ReplayPart part,
        decimal speed,
        Func<Played, CancellationToken, Task> play,
        CancellationToken cancellation
    )
    {
        await using var events = EventsAsync(part, cancellation).GetAsyncEnumerator(cancellation);
        await using var ticks = TicksAsync(part, cancellation).GetAsyncEnumerator(cancellation);
        var hasEvent = await events.MoveNextAsync();
        var hasTicks = await ticks.MoveNextAsync();
        var began = time.GetTimestamp();
        DateTimeOffset? first = null;
        while (hasEvent || hasTicks)
        {
            // Recorded at the same moment, the price comes first: an event is valued at it.
            var isTick = hasTicks && (!hasEvent || ticks.Current.RecordedAt <= events.Current.RecordedAt);
            var next = isTick ? ticks.Current : events.Current;
            first ??= next.RecordedAt;
            if (speed > 0)
            {
                var due = TimeSpan.FromTicks((long)((next.RecordedAt - first.Value).Ticks / speed));
                while (due - time.GetElapsedTime(began) is var wait && wait > TimeSpan.Zero)
                {
                    await Task.Delay(wait < LongestTimer ? wait : LongestTimer, time, cancellation);
                }
            }

            await play(next, cancellation);
            if (isTick)
            {
                hasTicks = await ticks.MoveNextAsync();
            }
            else
            {
                hasEvent = await events.MoveNextAsync();
            }
        }
    }

    private async IAsyncEnumerable<Played> EventsAsync(
        ReplayPart part,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var batch in part.EventsOf(journal, cancellation))
        {
            foreach (var recorded in batch)
            {
                yield return new(recorded.RecordedAt, recorded, null);
            }
        }
    }

    private async IAsyncEnumerable<Played> TicksAsync(
        ReplayPart part,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var block in part.TicksOf(market, cancellation))
        {
            yield return new(block.RecordedAt, null, block);
        }
    }
}
