using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Market;

namespace Trading.Sandbox.CTrader.World;

/// <summary>Puts the market side of a symbol together and gives it its first quote.</summary>
internal static class InstrumentFactory
{
    public static Instrument Make(Symbol symbol, int seed, long nowMs, TapeTrack? tape)
    {
        var spec = symbol.Spec;
        var spread = Math.Max(1, spec.SpreadPoints) * spec.PointP5;
        var bid = Price.RoundToDigits(spec.StartPrice, spec.Digits);
        var first = tape is { Ended: false } ? tape.Next : new Tick(nowMs, bid, bid + spread);
        tape?.Advance();

        var past = new PastPrices(seed, spec.Id, first.Time, first.Bid, spec.PointP5);
        var instrument = new Instrument(symbol, new BarBook(past), new TickHistory(past, spread), new Walk(spec, seed))
        {
            Tape = tape,
        };
        symbol.Quote(first.Bid, first.Ask, first.Time);
        symbol.SessionClose = first.Bid - first.Bid / 1_000 / spec.PointP5 * spec.PointP5;
        instrument.Ticks.Add(first);
        instrument.Bars.Add(first.Time, first.Bid, ticks: 1);
        return instrument;
    }
}
