using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Candles;

/// <summary>Candles of every symbol in every timeframe.</summary>
internal sealed class CandleProjection : Projection<TickBlock>
{
    private readonly Dictionary<BrokerEnvironment, CandleFold> _folds = [];

    public override ReadModel Model => ReadModel.Candles;

    public override ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
        NpgsqlConnection connection,
        IReadOnlyList<TickBlock> batch,
        CancellationToken cancellation
    )
    {
        foreach (var block in batch)
        {
            var environment = FeedStream.EnvironmentOf(block.Stream);
            if (!_folds.TryGetValue(environment, out var fold))
            {
                _folds.Add(environment, fold = new());
            }

            fold.Add(block.Ticks.Span, block.First);
        }

        var parts = new List<CandleView>();
        foreach (var (environment, fold) in _folds)
        {
            parts.AddRange(
                fold.Take()
                    .Select(part => new CandleView(
                        environment,
                        part,
                        new(part.Last, RecordedAt(batch, part.Last), default)
                    ))
            );
        }

        return ValueTask.FromResult<IReadOnlyList<NpgsqlBatchCommand>>(
            parts.Count == 0 ? [] : [CandleTable.Table.Upsert(Target.Table, parts)]
        );
    }

    // The block of the candle's own last tick tells, not the batch's: rows must not depend on how the log was cut.
    private static DateTimeOffset RecordedAt(IReadOnlyList<TickBlock> batch, Offset last)
    {
        var (low, high) = (0, batch.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = batch[middle].Last < last ? (middle + 1, high) : (low, middle);
        }

        return batch[low].RecordedAt;
    }

    // The parts of a batch leave the folds with it; what a failed one left behind goes here.
    public override void Committed() { }

    public override void Forget() => _folds.Clear();
}
