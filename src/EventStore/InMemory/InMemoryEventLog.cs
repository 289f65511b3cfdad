using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.InMemory;

/// <summary>The journal in memory, with the same answers in the same order as the one on PostgreSQL. Nothing outlives the
/// process. For tests and simulations.</summary>
public sealed class InMemoryEventLog : IEventLog, IJournalHistory
{
    private const int PageEvents = 1_024;
    private const int FirstPageEvents = 16;

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly List<RecordedEvent> _events = [];
    private readonly Dictionary<StreamName, Stream> _streams = [];
    private readonly Dictionary<Guid, Offset> _ids = [];
    private readonly Tail<IReadOnlyList<RecordedEvent>> _tail;
    private readonly Follower<IReadOnlyList<RecordedEvent>> _follower;
    private DateTimeOffset _recordedAt = DateTimeOffset.MinValue;

    /// <param name="time">Says when an event is recorded.</param>
    public InMemoryEventLog(TimeProvider time)
    {
        _time = time;
        var options = new EventStoreOptions();
        _tail = new(options.RecentEvents, options.RecentBytes);
        _follower = new(new Source(this), _tail, new("journal"));
    }

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var encoded = JournalRequest.From(request);
        lock (_gate)
        {
            return ValueTask.FromResult(Append(encoded));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Offset> HeadAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(new Offset(_events.Count));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        RecordedEvent[] events;
        lock (_gate)
        {
            events = _streams.TryGetValue(stream, out var known) ? [.. known.Events.Skip((int)after.Value)] : [];
        }

        foreach (var recorded in events)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return recorded;
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    )
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            return ValueTask.FromResult(
                _streams.TryGetValue(stream, out var known)
                    ? new ReplayStart(
                        known.Version,
                        [.. known.Events.Skip((int)after.Value).Take(FirstPageEvents).Select(Past)]
                    )
                    : new ReplayStart(StreamVersion.None, [])
            );
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var e in ReadStreamAsync(stream, after, cancellation))
        {
            yield return [Past(e)];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        _follower.ReadAsync(after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => _follower.SubscribeAsync(after, cancellation);

    /// <inheritdoc/>
    public ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_events.FindLast(e => e.RecordedAt <= moment)?.Offset ?? Offset.Start);
        }
    }

    /// <inheritdoc/>
    public ValueTask<RecordedEvent?> FindAsync(Offset offset, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var isThere = offset.Value >= 1 && offset.Value <= _events.Count;
            return ValueTask.FromResult(isThere ? _events[(int)offset.Value - 1] : null);
        }
    }

    private static PastEvent Past(RecordedEvent e) => new(e.Offset, e.Version, e.OccurredAt, e.DecodeForFold());

    private AppendOutcome Append(JournalRequest encoded)
    {
        var request = encoded.Source;
        if (EarlierOf(encoded) is { } earlier)
        {
            return new AppendOutcome.Duplicate(earlier);
        }

        var stream = _streams.GetValueOrDefault(request.Stream);
        var version = stream?.Version ?? default;
        if (request.ExpectedVersion is { } expected && expected != version)
        {
            return new AppendOutcome.Conflict(expected, version);
        }

        stream ??= StreamOf(request.Stream);
        var now = PostgresTime.Cut(_time.GetUtcNow());
        _recordedAt = now > _recordedAt ? now : _recordedAt;
        var outcome = new AppendOutcome.Appended(
            new(_events.Count + encoded.Events.Length),
            new(version.Value + encoded.Events.Length)
        );
        var recorded = encoded.Recorded(outcome, _recordedAt).ToArray();
        foreach (var e in recorded)
        {
            _events.Add(e);
            stream.Events.Add(e);
            _ids.Add(e.Id.Value, e.Offset);
        }

        _tail.Publish(recorded[0].Offset, outcome.Last, recorded, recorded.Sum(e => (long)e.Payload.Length));
        return outcome;
    }

    private Offset? EarlierOf(JournalRequest encoded) =>
        encoded.Events.Max(e => _ids.TryGetValue(e.Source.Id.Value, out var at) ? at : (Offset?)null);

    private Stream StreamOf(StreamName name)
    {
        if (!_streams.TryGetValue(name, out var stream))
        {
            _streams.Add(name, stream = new());
        }

        return stream;
    }

    private sealed class Stream
    {
        public List<RecordedEvent> Events { get; } = [];

        public StreamVersion Version => new(Events.Count);
    }

    private sealed class Source(InMemoryEventLog log) : IRecordSource<IReadOnlyList<RecordedEvent>>
    {
        public string Name => "journal";

        public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

        public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(
            Offset after,
            Offset upTo,
            [EnumeratorCancellation] CancellationToken cancellation
        )
        {
            for (var at = after.Value; at < upTo.Value; at += PageEvents)
            {
                cancellation.ThrowIfCancellationRequested();
                RecordedEvent[] page;
                lock (log._gate)
                {
                    page = [.. log._events[(int)at..(int)Math.Min(upTo.Value, at + PageEvents)]];
                }

                yield return page;
            }

            await Task.CompletedTask;
        }

        public Offset LastOf(IReadOnlyList<RecordedEvent> chunk) => chunk[^1].Offset;

        public IReadOnlyList<RecordedEvent> CutAfter(IReadOnlyList<RecordedEvent> chunk, Offset after) =>
            JournalSource.Cut(chunk, after);
    }
}
