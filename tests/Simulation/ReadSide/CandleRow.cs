using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Simulation.ReadSide;

/// <summary>A candle as the table keeps it: parts are added to what stands there, unless they are in it already.</summary>
internal sealed record CandleRow(BrokerEnvironment Environment, Candle Candle) : IStamped
{
    /// <inheritdoc/>
    public Stamp Stamp => new(Candle.Last, default, default);

    /// <summary>With a later part.</summary>
    public CandleRow With(CandleRow part) =>
        Candle.Last < part.Candle.First ? this with { Candle = Candle.With(part.Candle) } : this;
}
