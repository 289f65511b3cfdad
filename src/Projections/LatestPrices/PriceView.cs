using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.LatestPrices;

/// <summary>The newest quote of a symbol.</summary>
public sealed record PriceView : IStamped
{
    /// <summary>Demo or live.</summary>
    public required BrokerEnvironment Environment { get; init; }

    /// <summary>The symbol.</summary>
    public required SymbolName Symbol { get; init; }

    /// <summary>Both sides.</summary>
    public required Quote Quote { get; init; }

    /// <summary>The broker's time, Unix milliseconds.</summary>
    public required long TimestampMs { get; init; }

    /// <summary>The tick's own offset in the market log.</summary>
    public required Stamp Stamp { get; init; }
}
