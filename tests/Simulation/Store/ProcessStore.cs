using System.Runtime.CompilerServices;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.Store;

/// <summary>The journal as one process reaches it: over a network, with everything that may go wrong there.</summary>
internal sealed class ProcessJournal(Strand strand, StoreServer store, Network network, Weather weather) : IEventLog
{
    public async ValueTask<AppendOutcome> AppendAsync(AppendRequest request, CancellationToken cancellation) =>
        await network.CallAsync(
            strand,
            () =>
                request.ExpectedVersion is { } expected
                && store.IsOwner(strand.Name, request.Stream)
                && weather.Strikes(Faults.Conflict)
                    ? new AppendOutcome.Conflict(expected, expected)
                    : store.Append(strand.Name, request),
            cancellation
        );

    public async ValueTask<Offset> HeadAsync(CancellationToken cancellation) =>
        await network.CallAsync(strand, () => AtOnce.Of(store.Journal.HeadAsync(default)), cancellation);

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var events = await network.CallAsync(
            strand,
            () => AtOnce.All(store.Journal.ReadStreamAsync(stream, after, default)),
            cancellation
        );
        foreach (var recorded in events)
        {
            yield return recorded;
        }
    }

    public async ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) =>
        await network.CallAsync(
            strand,
            () => AtOnce.Of(store.Journal.StartReplayAsync(stream, after, default)),
            cancellation
        );

    public async IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var pages = await network.CallAsync(
            strand,
            () => AtOnce.All(store.Journal.ReplayAsync(stream, after, default)),
            cancellation
        );
        foreach (var page in pages)
        {
            yield return page;
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var batches = await network.CallAsync(
            strand,
            () => AtOnce.All(store.Journal.ReadAsync(after, default)),
            cancellation
        );
        foreach (var batch in batches)
        {
            yield return batch;
        }
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        // The real follower, which is woken through the strand; a dead strand is woken no more.
        await foreach (var batch in store.Journal.SubscribeAsync(after, CancellationToken.None))
        {
            cancellation.ThrowIfCancellationRequested();
            await Task.Delay(weather.Latency(), strand.Time, CancellationToken.None);
            yield return batch;
        }
    }
}

/// <summary>The market log as one process reaches it.</summary>
internal sealed class ProcessTickLog(Strand strand, StoreServer store, Network network, Weather weather) : ITickLog
{
    public async ValueTask<AppendOutcome> AppendAsync(
        StreamName feed,
        Epoch epoch,
        ReadOnlyMemory<Tick> ticks,
        CancellationToken cancellation
    )
    {
        // What is sent is a copy: the caller's memory is the caller's again when it gave up waiting.
        var sent = ticks.ToArray();
        return await network.CallAsync(strand, () => store.AppendTicks(strand.Name, feed, epoch, sent), cancellation);
    }

    public async ValueTask<StreamClaim> ClaimAsync(StreamName feed, CancellationToken cancellation) =>
        await network.CallAsync(strand, () => store.ClaimFeed(strand.Name, feed), cancellation);

    public async ValueTask<Offset> HeadAsync(CancellationToken cancellation) =>
        await network.CallAsync(strand, () => AtOnce.Of(store.Market.HeadAsync(default)), cancellation);

    public async IAsyncEnumerable<TickBlock> ReadAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var blocks = await network.CallAsync(
            strand,
            () => AtOnce.All(store.Market.ReadAsync(after, default)),
            cancellation
        );
        foreach (var block in blocks)
        {
            yield return block;
        }
    }

    public async IAsyncEnumerable<TickBlock> SubscribeAsync(
        Offset after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var block in store.Market.SubscribeAsync(after, CancellationToken.None))
        {
            cancellation.ThrowIfCancellationRequested();
            await Task.Delay(weather.Latency(), strand.Time, CancellationToken.None);
            yield return block;
        }
    }
}
