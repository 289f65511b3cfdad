using Trading.Projections.Candles;

namespace Trading.Api.Market;

/// <summary>One candle, as charts take it.</summary>
/// <param name="Time">When it begins, Unix seconds.</param>
/// <param name="Open">The bid of its first tick.</param>
/// <param name="High">The highest bid.</param>
/// <param name="Low">The lowest bid.</param>
/// <param name="Close">The bid of its last tick.</param>
/// <param name="Volume">The number of ticks.</param>
internal sealed record CandleAnswer(long Time, decimal Open, decimal High, decimal Low, decimal Close, long Volume)
{
    /// <summary>The answer for a candle.</summary>
    public static CandleAnswer Of(CandleView view) =>
        new(
            view.Candle.OpenTimeMs / 1_000,
            view.Candle.Open.ToDecimal(),
            view.Candle.High.ToDecimal(),
            view.Candle.Low.ToDecimal(),
            view.Candle.Close.ToDecimal(),
            view.Candle.Volume
        );
}
