namespace Trading.Sandbox.CTrader.Market;

/// <summary>
/// Invented prices of the time before the server started: a fixed curve by seed that arrives exactly at the first real
/// quote, so any window can be asked for without storing anything.
/// </summary>
internal sealed class PastPrices(int seed, long symbolId, long anchorTime, long anchorBid, long point)
{
    private const long Minute = 60_000;

    /// <summary>Nothing is older than this.</summary>
    private const long Depth = 3_650L * 24 * 60 * Minute;

    public long AnchorTime => anchorTime;

    /// <summary>
    /// Bars of <paramref name="minutes"/> minutes, ascending, that open from <paramref name="from"/> on and end before the
    /// anchor. Long periods are built from coarse ones, so that years cost no more than days.
    /// </summary>
    public IEnumerable<Bar> Steps(long from, long to, int minutes)
    {
        var step = minutes * Minute;
        var first = (Math.Max(from, anchorTime - Depth) + step - 1) / step * step;
        for (var open = first; open <= to && open + Minute <= anchorTime; open += step)
        {
            yield return StepAt(open, Math.Min(step, (anchorTime - open) / Minute * Minute));
        }
    }

    /// <summary>Four ticks in every minute; bid side.</summary>
    public IEnumerable<Tick> Ticks(long from, long to, long spread)
    {
        for (var open = from / Minute * Minute; open <= to && open < anchorTime; open += Minute)
        {
            var bar = StepAt(open, Minute);
            long[] bids = [bar.Open, bar.Low, bar.High, bar.Close];
            for (var i = 0; i < bids.Length; i++)
            {
                var time = open + i * 15_000 + Mix.Of(seed, symbolId, open + i) % 14_000;
                if (time >= from && time <= to && time < anchorTime)
                {
                    yield return new Tick(time, bids[i], bids[i] + spread);
                }
            }
        }
    }

    private Bar StepAt(long open, long length)
    {
        var (first, last) = (At(open), At(open + length));
        var noise = 1 + anchorBid / point / 50_000;
        var up = Mix.Of(seed, symbolId, open) % (noise * 4) * point;
        var down = Mix.Of(seed, symbolId, open + 1) % (noise * 4) * point;
        var high = Math.Max(first, last) + up;
        var low = Math.Max(point, Math.Min(first, last) - down);
        return new Bar(open, first, high, low, last, 4 * (length / Minute));
    }

    private long At(long time)
    {
        var minutes = (anchorTime - time) / (double)Minute;
        var phase = Mix.Of(seed, symbolId) % 1_000 / 1_000d * Math.Tau;
        var shape =
            0.004 * Wave(minutes, 611, phase)
            + 0.012 * Wave(minutes, 7_919, phase * 2)
            + 0.03 * Wave(minutes, 90_001, phase * 3);
        var grain = (Mix.Of(seed, symbolId, time / Minute) % 1_000 / 1_000d - 0.5) * 0.0002 * Math.Min(1, minutes);
        return Math.Max(point, anchorBid + (long)(anchorBid * (shape + grain)) / point * point);
    }

    private static double Wave(double minutes, double length, double phase) =>
        Math.Sin(minutes / length * Math.Tau + phase) - Math.Sin(phase);
}
