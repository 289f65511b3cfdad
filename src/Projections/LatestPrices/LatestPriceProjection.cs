using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.LatestPrices;

/// <summary>The newest quote of every symbol, as it came live: a tick that was asked for afterwards is older than it.</summary>
internal sealed class LatestPriceProjection : Projection<TickBlock>
{
    private readonly NewestTicks _newest = new();
    private readonly Dictionary<(BrokerEnvironment, string), PriceView> _changed = [];

    public override ReadModel Model => ReadModel.LatestPrices;

    /// <summary>The newest quote of each symbol in the blocks. Pure.</summary>
    public IReadOnlyCollection<PriceView> Fold(IReadOnlyList<TickBlock> batch)
    {
        _changed.Clear();
        foreach (var block in batch.Where(block => !MarketStreams.IsBackfill(block.Stream)))
        {
            var environment = FeedStream.EnvironmentOf(block.Stream);
            var ticks = block.Ticks.Span;
            foreach (var index in _newest.Of(ticks))
            {
                ref readonly var tick = ref ticks[index];
                _changed[(environment, tick.Symbol.Value)] = new()
                {
                    Environment = environment,
                    Symbol = tick.Symbol,
                    Quote = new(tick.Bid, tick.Ask),
                    TimestampMs = tick.TimestampMs,
                    Stamp = new(block.First.Plus(index), block.RecordedAt, default),
                };
            }
        }

        return _changed.Values;
    }

    public override ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
        NpgsqlConnection connection,
        IReadOnlyList<TickBlock> batch,
        CancellationToken cancellation
    )
    {
        var changed = Fold(batch);
        return ValueTask.FromResult<IReadOnlyList<NpgsqlBatchCommand>>(
            changed.Count == 0 ? [] : [PriceTable.Table.Upsert(Target.Table, changed)]
        );
    }

    // Nothing is remembered from one batch to the next.
    public override void Committed() { }

    public override void Forget() { }
}
