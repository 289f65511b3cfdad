using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Candles;
using Trading.Projections.LatestPrices;
using Trading.Projections.Running;

namespace Trading.Projections.TimeTravel;

/// <summary>The last prices, folded in memory.</summary>
internal sealed class FoldedPrices : FoldedTable
{
    private readonly LatestPriceProjection _rules = new();
    private readonly Dictionary<(BrokerEnvironment, string), PriceView> _rows = [];

    public override string Name => _rules.Model.Name;

    public override void Take(TickBlock block)
    {
        foreach (var price in _rules.Fold([block]))
        {
            _rows[(price.Environment, price.Symbol.Value)] = price;
        }
    }

    public override Task<TableHash> WriteAsync(Stream output, CancellationToken cancellation) =>
        WriteAsync(PriceTable.Table, _rows.Values, [], output, cancellation);
}

/// <summary>The candles, folded in memory.</summary>
internal sealed class FoldedCandles : FoldedTable
{
    private readonly Dictionary<BrokerEnvironment, CandleFold> _folds = [];
    private readonly Dictionary<(BrokerEnvironment, string, Timeframe, long), CandleView> _rows = [];

    public override string Name => new CandleProjection().Model.Name;

    public override void Take(TickBlock block)
    {
        var environment = FeedStream.EnvironmentOf(block.Stream);
        if (!_folds.TryGetValue(environment, out var fold))
        {
            _folds.Add(environment, fold = new());
        }

        fold.Add(block.Ticks.Span, block.First);
        foreach (var part in fold.Take())
        {
            var key = (environment, part.Symbol.Value, part.Timeframe, part.OpenTimeMs);
            var whole = _rows.TryGetValue(key, out var earlier) ? earlier.Candle.With(part) : part;
            _rows[key] = new(environment, whole, new(part.Last, block.RecordedAt, default));
        }
    }

    public override Task<TableHash> WriteAsync(Stream output, CancellationToken cancellation) =>
        WriteAsync(CandleTable.Table, _rows.Values, [], output, cancellation);
}
