using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Candles;

/// <summary>A candle of an environment.</summary>
/// <param name="Environment">Demo or live.</param>
/// <param name="Candle">The candle; the one that holds the newest tick is still forming.</param>
/// <param name="Stamp">The last tick in it.</param>
public sealed record CandleView(BrokerEnvironment Environment, Candle Candle, Stamp Stamp) : IStamped;
