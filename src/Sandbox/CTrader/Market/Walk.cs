using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Market;

/// <summary>
/// A seeded random walk of one symbol, in whole points, pulled gently back to its start so that prices stay plausible for
/// days. Each step changes at least one side.
/// </summary>
internal sealed class Walk(SymbolSpec spec, int seed)
{
    private readonly Random _random = new(Mix.Of(seed, spec.Id));
    private readonly long _start = Price.ToP5(spec.StartPrice);

    public Tick Next(long bid, long ask, long timeMs)
    {
        var point = spec.PointP5;
        var size = Math.Max(2, (int)(_start / point / 40_000));
        var pull = (_start - bid) / point / 2_000;
        var step = pull + _random.Next(-size, size + 1);
        var nextBid = Math.Max(point, bid + step * point);
        var nextAsk = nextBid + (spec.SpreadPoints + _random.Next(-1, 2)) * point;
        if (nextBid == bid && nextAsk == ask)
        {
            nextAsk += point;
        }

        return new Tick(timeMs, nextBid, nextAsk);
    }
}
