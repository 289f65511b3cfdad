using Trading.Domain.Logs;

namespace Trading.Domain.Ports;

/// <summary>The journal: every business event, kept for ever. Commit order is offset order, so a reader's checkpoint is one
/// number and nothing can be skipped, repeated or reordered.</summary>
public interface IEventLog
{
    /// <summary>Appends the request's events together. Acknowledged means flushed to disk; concurrent requests share one
    /// commit and none harms another.</summary>
    ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation);

    /// <summary>The offset of the newest event.</summary>
    ValueTask<Offset> HeadAsync(CancellationToken cancellation);

    /// <summary>A stream's events after <paramref name="after"/>, in order, up to its end.</summary>
    IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    );

    /// <summary>Begins a replay: the stream's version and the first of the events after <paramref name="after"/>, as their
    /// state is folded from them, in one round trip. There are more where the last of them is older than the version.</summary>
    /// <exception cref="Events.UnknownEventException">An event that this version cannot read.</exception>
    ValueTask<ReplayStart> StartReplayAsync(StreamName stream, StreamVersion after, CancellationToken cancellation);

    /// <summary>The same events, all of them, in pages of bounded size.</summary>
    /// <exception cref="Events.UnknownEventException">An event that this version cannot read.</exception>
    IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    );

    /// <summary>All events after <paramref name="after"/>, in order, up to the head at the time of the call, in batches of
    /// bounded size.</summary>
    IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation);

    /// <summary>All events after <paramref name="after"/>, in order, then each new one as soon as it is committed, without
    /// end. Read-ahead is bounded; a slow reader slows only itself.</summary>
    IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(Offset after, CancellationToken cancellation);
}
