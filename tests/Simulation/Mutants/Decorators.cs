using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Simulation.Store;

namespace Trading.Simulation.Mutants;

/// <summary>A journal that does what another one does. What is wrong is said where one is made.</summary>
internal sealed class WrongJournal(IEventLog inner) : IEventLog
{
    public Func<IEventLog, AppendRequest, CancellationToken, ValueTask<AppendOutcome>> Append { get; init; } =
        (log, request, cancellation) => log.AppendAsync(request, cancellation);

    public Func<
        IAsyncEnumerable<IReadOnlyList<RecordedEvent>>,
        IAsyncEnumerable<IReadOnlyList<RecordedEvent>>
    > Subscription { get; init; } = batches => batches;

    public ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        Append(inner, request, cancellation);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReadStreamAsync(stream, after, cancellation);

    public ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.StartReplayAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => inner.ReplayAsync(stream, after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(Offset after, CancellationToken cancellation) =>
        inner.ReadAsync(after, cancellation);

    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        CancellationToken cancellation
    ) => Subscription(inner.SubscribeAsync(after, cancellation));
}

/// <summary>A market log in which a reader does not find what was just written, as on a replica that lags.</summary>
internal sealed class LaggingMarket(ITickLog inner) : ITickLog
{
    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    ) => inner.AppendAsync(feed, epoch, ticks, cancellation);

    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        inner.ClaimAsync(feed, cancellation);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public async IAsyncEnumerable<TickBlock> ReadAsync(
        Offset after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        TickBlock? newest = null;
        await foreach (var block in inner.ReadAsync(after, cancellation))
        {
            if (newest is not null)
            {
                yield return newest;
            }

            newest = block;
        }
    }

    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        inner.SubscribeAsync(after, cancellation);
}

/// <summary>A market log of which the owners are not what they should be.</summary>
internal sealed class WrongMarket(ITickLog inner) : ITickLog
{
    public Func<ITickLog, StreamName, Epoch, ReadOnlyMemory<Tick>, ValueTask<AppendOutcome>> Append { get; init; } =
        (log, feed, epoch, ticks) => log.AppendAsync(feed, epoch, ticks, default);

    public Func<ITickLog, StreamName, ValueTask<StreamClaim>> Claim { get; init; } =
        (log, feed) => log.ClaimAsync(feed, default);

    public ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    ) => Append(inner, feed, epoch, ticks);

    public ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) => Claim(inner, feed);

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) => inner.HeadAsync(cancellation);

    public IAsyncEnumerable<TickBlock> ReadAsync(Offset after, CancellationToken cancellation) =>
        inner.ReadAsync(after, cancellation);

    public IAsyncEnumerable<TickBlock> SubscribeAsync(Offset after, CancellationToken cancellation) =>
        inner.SubscribeAsync(after, cancellation);
}

/// <summary>Snapshots that claim to hold one event more than they do.</summary>
internal sealed class BoastfulSnapshots : SnapshotTable
{
    public override void Save(string id, long sequenceNumber, KeptSnapshot snapshot) =>
        base.Save(id, sequenceNumber + 1, snapshot);
}

/// <summary>Interest that is never given back.</summary>
internal sealed class LeakyInterest(IFeedInterest inner) : IFeedInterest
{
    public IDisposable Want(Domain.Events.BrokerEnvironment environment, Domain.SymbolName symbol)
    {
        inner.Want(environment, symbol);
        return new Nothing();
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }
}
