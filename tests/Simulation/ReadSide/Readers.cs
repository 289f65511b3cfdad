using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.Projections.LatestPrices;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Simulation.Scheduling;
using Trading.Simulation.World;

namespace Trading.Simulation.ReadSide;

/// <summary>One read model's way along its log in one process: fold a batch, commit rows and checkpoint together, and so on;
/// whatever fails begins anew from the checkpoint. A model of <c>ProjectionRunner</c>; what is folded is the real fold.
/// </summary>
internal abstract class Reader(Strand strand, ReadStore store, Network network, Func<string, bool> lives)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>The model's name.</summary>
    protected abstract string Model { get; }

    /// <summary>The strand it runs on.</summary>
    protected Strand Strand => strand;

    /// <summary>Runs until its strand is cut.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            try
            {
                while (!await AskAsync(() => store.TryLock(Model, strand.Name, lives)))
                {
                    await Task.Delay(Pause, strand.Time);
                }

                await FollowAsync(await AskAsync(() => store.CheckpointOf(Model)));
            }
            catch (Exception failure) when (failure is LogUnavailableException or RefusedByStoreException)
            {
                await Task.Delay(Pause, strand.Time);
            }
        }
    }

    /// <summary>Follows the log from a checkpoint.</summary>
    protected abstract Task FollowAsync(long checkpoint);

    /// <summary>Asks the database.</summary>
    protected Task<T> AskAsync<T>(Func<T> serve) => network.CallAsync(strand, serve, CancellationToken.None);

    /// <summary>Reads a row.</summary>
    protected Task<TRow?> FindAsync<TRow>(object key)
        where TRow : class, IStamped => AskAsync(() => store.Find<TRow>(Model, key));

    /// <summary>Commits.</summary>
    protected Task<bool> CommitAsync(long from, long to, IReadOnlyList<(object Key, IStamped Row)> rows) =>
        AskAsync(() => store.Commit(Model, strand.Name, from, to, rows));
}

/// <summary>A fold of the journal.</summary>
internal sealed class JournalReader<TRow>(
    JournalProjection<TRow> projection,
    IEventLog journal,
    Strand strand,
    ReadStore store,
    Network network,
    Func<string, bool> lives
) : Reader(strand, store, network, lives)
    where TRow : class, IStamped
{
    protected override string Model => projection.Model.Name;

    protected override async Task FollowAsync(long checkpoint)
    {
        var known = new Dictionary<RowKey, TRow?>();
        await foreach (var batch in journal.SubscribeAsync(new(checkpoint), CancellationToken.None))
        {
            var changed = new Dictionary<RowKey, TRow>();
            foreach (var recorded in batch)
            {
                if (projection.RouteOf(recorded) is not { } key)
                {
                    continue;
                }

                if (!known.TryGetValue(key, out var row))
                {
                    row = await FindAsync<TRow>(key);
                }

                var after = projection.Fold(row, recorded);
                known[key] = after;
                if (after is not null && !ReferenceEquals(after, row))
                {
                    changed[key] = after;
                }
            }

            var to = batch[^1].Offset.Value;
            await CommitAsync(checkpoint, to, [.. changed.Select(pair => ((object)pair.Key, (IStamped)pair.Value))]);
            checkpoint = to;
        }
    }
}

/// <summary>Newest prices, from the market log.</summary>
internal sealed class PriceReader(
    ITickLog market,
    Strand strand,
    ReadStore store,
    Network network,
    Func<string, bool> lives
) : Reader(strand, store, network, lives)
{
    public const string Name = "latest prices";
    private readonly LatestPriceProjection _projection = new();

    protected override string Model => Name;

    protected override async Task FollowAsync(long checkpoint)
    {
        await foreach (var block in market.SubscribeAsync(new(checkpoint), CancellationToken.None))
        {
            var rows = _projection
                .Fold([block])
                .Select(price => ((object)(price.Environment, price.Symbol.Value), (IStamped)price))
                .ToList();
            await CommitAsync(checkpoint, block.Last.Value, rows);
            checkpoint = block.Last.Value;
        }
    }
}

/// <summary>Candles, from the market log.</summary>
internal sealed class CandleReader(
    ITickLog market,
    Strand strand,
    ReadStore store,
    Network network,
    Func<string, bool> lives
) : Reader(strand, store, network, lives)
{
    public const string Name = "candles";

    protected override string Model => Name;

    protected override async Task FollowAsync(long checkpoint)
    {
        await foreach (var block in market.SubscribeAsync(new(checkpoint), CancellationToken.None))
        {
            var environment = block.Stream.Id == "live" ? BrokerEnvironment.Live : BrokerEnvironment.Demo;
            var fold = new CandleFold();
            fold.Add(block.Ticks.Span, block.First);
            var rows = fold.Take()
                .Select(candle =>
                    (
                        (object)(environment, candle.Symbol.Value, candle.Timeframe, candle.OpenTimeMs),
                        (IStamped)new CandleRow(environment, candle)
                    )
                )
                .ToList();
            await CommitAsync(checkpoint, block.Last.Value, rows);
            checkpoint = block.Last.Value;
        }
    }
}
