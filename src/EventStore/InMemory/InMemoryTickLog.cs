using System.Runtime.CompilerServices;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.InMemory;

/// <summary>The market log in memory, with the same answers as the one on PostgreSQL. Ticks are packed and unpacked all the
/// same. For tests and simulations.</summary>
public sealed class InMemoryTickLog : ITickLog, ITickHistory
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly List<Record> _records = [];
    private readonly Dictionary<StreamName, (Epoch Epoch, StreamVersion Version)> _feeds = [];
    private readonly TickBlockCodec _codec = new();
    private readonly Tail<TickBlock> _tail;
    private readonly Follower<TickBlock> _follower;
    private Offset _head;
    private DateTimeOffset _recordedAt = DateTimeOffset.MinValue;

    /// <param name="time">Says when a block is recorded.</param>
    public InMemoryTickLog(TimeProvider time)
    {
        _time = time;
        var options = new EventStoreOptions();
        _tail = new(options.RecentEvents, options.RecentBytes);
        _follower = new(new Source(this), _tail, new("market"));
    }

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    )
    {
        cancellation.ThrowIfCancellationRequested();
        var request = MarketRequest.From(feed, epoch, ticks, Guid.Empty);
        lock (_gate)
        {
            var (current, version) = _feeds.GetValueOrDefault(feed);
            if (current != epoch)
            {
                return ValueTask.FromResult<AppendOutcome>(new AppendOutcome.Fenced(current));
            }

            var now = PostgresTime.Cut(_time.GetUtcNow());
            _recordedAt = now > _recordedAt ? now : _recordedAt;
            version = new(version.Value + request.Ticks.Length);
            _feeds[feed] = (current, version);
            var first = _head.Plus(1);
            _head = _head.Plus(request.Ticks.Length);
            _records.Add(new(first, _head, feed, _recordedAt, request.Block));
            _tail.Publish(
                first,
                _head,
                new(first, feed, _recordedAt, request.Ticks),
                (long)request.Ticks.Length * Unsafe.SizeOf<Tick>()
            );
            return ValueTask.FromResult<AppendOutcome>(new AppendOutcome.Appended(_head, version));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            var (epoch, version) = _feeds.GetValueOrDefault(feed);
            epoch = new(epoch.Value + 1);
            _feeds[feed] = (epoch, version);
            return ValueTask.FromResult(new StreamClaim(epoch, version));
        }
    }

    /// <inheritdoc/>
    public ValueTask<Offset> HeadAsync(CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_head);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    public IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation) =>
        _follower.ReadAsync(after, cancellation);

    /// <inheritdoc/>
    /// <exception cref="OffsetBeyondHeadException">The log does not reach as far as <paramref name="after"/>.</exception>
    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        _follower.SubscribeAsync(after, cancellation);

    /// <inheritdoc/>
    public ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_records.FindLast(r => r.RecordedAt <= moment)?.Last ?? Offset.Start);
        }
    }

    /// <inheritdoc/>
    public ValueTask<PastTick?> NewestAsync(
        StreamName feed,
        SymbolName symbol,
        Offset upTo,
        CancellationToken cancellation
    )
    {
        lock (_gate)
        {
            for (var i = _records.Count - 1; i >= 0; i--)
            {
                cancellation.ThrowIfCancellationRequested();
                var record = _records[i];
                if (
                    record.First <= upTo
                    && record.Feed == feed
                    && MarketHistory.NewestIn(BlockOf(record), symbol, upTo) is { } found
                )
                {
                    return ValueTask.FromResult<PastTick?>(found);
                }
            }

            return ValueTask.FromResult<PastTick?>(null);
        }
    }

    private TickBlock BlockOf(Record record) =>
        new(record.First, record.Feed, record.RecordedAt, _codec.Decode(record.Block));

    private sealed record Record(Offset First, Offset Last, StreamName Feed, DateTimeOffset RecordedAt, byte[] Block);

    private sealed class Source(InMemoryTickLog log) : IRecordSource<TickBlock>
    {
        public string Name => "market";

        public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => log.HeadAsync(cancellation);

        public async IAsyncEnumerable<TickBlock> ReadAsync(
            Offset after,
            Offset upTo,
            [EnumeratorCancellation] CancellationToken cancellation
        )
        {
            while (after < upTo)
            {
                cancellation.ThrowIfCancellationRequested();
                Record record;
                lock (log._gate)
                {
                    record = log._records.First(r => r.Last > after);
                }

                yield return CutAfter(log.BlockOf(record), after);
                after = record.Last;
            }

            await Task.CompletedTask;
        }

        public Offset LastOf(TickBlock chunk) => chunk.Last;

        public TickBlock CutAfter(TickBlock chunk, Offset after) => MarketSource.Cut(chunk, after);
    }
}
