using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Projections.TimeTravel;

/// <summary>A part of the journal as a projection sees a journal: it ends where the part ends, and nothing can be appended.
/// </summary>
internal sealed class JournalPart(IEventLog journal, ReplayPart part) : IEventLog
{
    private readonly TaskCompletionSource<Offset> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The offset of the part's last event, once a follower was given it; <see cref="Offset.Start"/> when the part
    /// is empty.</summary>
    public Task<Offset> End => _end.Task;

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var from = after > part.After ? after : part.After;
        if (from >= part.UpTo)
        {
            yield break;
        }

        await foreach (var batch in journal.ReadAsync(from, cancellation))
        {
            RecordedEvent[] held = [.. batch.Where(e => e.Offset <= part.UpTo && part.Holds(e))];
            if (held.Length > 0)
            {
                yield return held;
            }

            if (batch[^1].Offset >= part.UpTo)
            {
                yield break;
            }
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var last = after;
        await foreach (var batch in ReadAsync(after, cancellation))
        {
            yield return batch;
            last = batch[^1].Offset;
        }

        _end.TrySetResult(last);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
    }

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => ValueTask.FromResult(part.UpTo);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => journal.ReadStreamAsync(stream, after, cancellation);

    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => journal.StartReplayAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => journal.ReplayAsync(stream, after, cancellation);

    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException("A replay appends nothing.");
}

/// <summary>A part of the market log, likewise.</summary>
internal sealed class MarketPart(ITickLog market, ReplayPart part) : ITickLog
{
    private readonly TaskCompletionSource<Offset> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The offset of the part's last tick, once a follower was given it.</summary>
    public Task<Offset> End => _end.Task;

    public async IAsyncEnumerable<TickBlock> ReadAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var from = after > part.TicksAfter ? after : part.TicksAfter;
        if (from >= part.TicksUpTo)
        {
            yield break;
        }

        await foreach (var block in market.ReadAsync(from, cancellation))
        {
            if (block.First > part.TicksUpTo)
            {
                yield break;
            }

            yield return block.Last <= part.TicksUpTo
                ? block
                : block with
                {
                    Ticks = block.Ticks[..(int)(part.TicksUpTo.Value - block.First.Value + 1)],
                };
            if (block.Last >= part.TicksUpTo)
            {
                yield break;
            }
        }
    }

    public async IAsyncEnumerable<TickBlock> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var last = after;
        await foreach (var block in ReadAsync(after, cancellation))
        {
            yield return block;
            last = block.Last;
        }

        _end.TrySetResult(last);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
    }

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => ValueTask.FromResult(part.TicksUpTo);

    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    ) => throw new NotSupportedException("A replay appends nothing.");

    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        throw new NotSupportedException("A replay owns nothing.");
}
