using Npgsql;
using Trading.Domain.Events;
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

        var recordedAt = batch.Count == 0 ? default : batch[^1].RecordedAt;
        var parts = new List<CandleView>();
        foreach (var (environment, fold) in _folds)
        {
            parts.AddRange(
                fold.Take().Select(part => new CandleView(environment, part, new(part.Last, recordedAt, default)))
            );
        }

        return ValueTask.FromResult<IReadOnlyList<NpgsqlBatchCommand>>(
            parts.Count == 0 ? [] : [CandleTable.Table.Upsert(Model.Table, parts)]
        );
    }

    // The parts of a batch leave the folds with it; what a failed one left behind goes here.
    public override void Committed() { }

    public override void Forget() => _folds.Clear();
}
