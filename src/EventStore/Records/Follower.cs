using System.Runtime.CompilerServices;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>Reads a log to its head, and follows it: catch up from the table, then live from memory, and back to the table
/// whenever memory does not reach back far enough.</summary>
internal sealed class Follower<TChunk>(IRecordSource<TChunk> source, Tail<TChunk> tail, LogMetrics metrics)
{
    public async IAsyncEnumerable<TChunk> ReadAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var head = await HeadNotBeforeAsync(after, cancellation);
        await foreach (var chunk in source.ReadAsync(after, head, cancellation))
        {
            yield return chunk;
        }
    }

    public async IAsyncEnumerable<TChunk> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        metrics.Subscribed(1);
        tail.Follow(1);
        try
        {
            tail.Seen(await HeadNotBeforeAsync(after, cancellation));
            var position = after;
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                if (tail.TryFind(position, out var recent))
                {
                    var chunk = source.CutAfter(recent, position);
                    position = source.LastOf(chunk);
                    yield return chunk;
                    continue;
                }

                var head = tail.Head;
                if (position < head)
                {
                    metrics.FellBack();
                    await foreach (var chunk in source.ReadAsync(position, head, cancellation))
                    {
                        position = source.LastOf(chunk);
                        yield return chunk;
                    }

                    // Nothing more up to the head: retention has taken it.
                    position = position < head ? head : position;
                    continue;
                }

                await tail.WaitBeyondAsync(position, cancellation);
            }
        }
        finally
        {
            tail.Follow(-1);
            metrics.Subscribed(-1);
        }
    }

    private async ValueTask<Offset> HeadNotBeforeAsync(Offset after, CancellationToken cancellation)
    {
        var head = await source.HeadAsync(cancellation);
        return after <= head ? head : throw new OffsetBeyondHeadException(source.Name, after, head);
    }
}
