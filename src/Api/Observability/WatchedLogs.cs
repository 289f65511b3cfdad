using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Api.Observability;

/// <summary>The journal, watched.</summary>
internal sealed class WatchedEventLog(IEventLog log, LogWatch watch) : IEventLog
{
    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        watch.Appends.WatchAsync(log.AppendAsync(request, cancellation));

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => Watched.ReadAsync(log.ReadStreamAsync(stream, after, cancellation), watch, cancellation);

    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => watch.Reads.WatchAsync(log.StartReplayAsync(stream, after, cancellation));

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => Watched.ReadAsync(log.ReplayAsync(stream, after, cancellation), watch, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        Watched.ReadAsync(log.ReadAsync(after, cancellation), watch, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) =>
        Watched.FollowAsync(
            log.SubscribeAsync(after, cancellation),
            after,
            batch => batch[^1].Offset,
            watch,
            cancellation
        );
}

/// <summary>The market log, watched.</summary>
internal sealed class WatchedTickLog(ITickLog log, LogWatch watch) : ITickLog
{
    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    ) => watch.Appends.WatchAsync(log.AppendAsync(feed, epoch, ticks, cancellation));

    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        watch.Reads.WatchAsync(log.ClaimAsync(feed, cancellation));

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

    public IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation) =>
        Watched.ReadAsync(log.ReadAsync(after, cancellation), watch, cancellation);

    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        Watched.FollowAsync(log.SubscribeAsync(after, cancellation), after, block => block.Last, watch, cancellation);
}

/// <summary>How reading is watched: only while the log is asked, not while the reader works.</summary>
internal static class Watched
{
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        IAsyncEnumerable<T> items,
        LogWatch watch,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var read = items.GetAsyncEnumerator(cancellation);
        while (await NextAsync(read, watch))
        {
            yield return read.Current;
        }
    }

    public static async IAsyncEnumerable<T> FollowAsync<T>(
        IAsyncEnumerable<T> items,
        Offset after,
        Func<T, Offset> lastOf,
        LogWatch watch,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var follower = watch.Follow(after);
        try
        {
            await foreach (var item in items.WithCancellation(cancellation))
            {
                follower.Hand(lastOf(item));
                yield return item;
                follower.Back(lastOf(item));
            }
        }
        finally
        {
            watch.Leave(follower);
        }
    }

    // An event that is at hand already costs no more than a look.
    private static ValueTask<bool> NextAsync<T>(IAsyncEnumerator<T> read, LogWatch watch)
    {
        var next = read.MoveNextAsync();
        return next.IsCompletedSuccessfully ? next : watch.Reads.WatchAsync(next);
    }
}
