namespace Trading.Sandbox.CTrader.Market;

/// <summary>Bars of one symbol: what was quoted since the start, minute by minute, before that the invented past.</summary>
internal sealed class BarBook(PastPrices past)
{
    private const int MaxMinutes = 50_000;

    private readonly Queue<Bar> _closed = new();
    private Bar? _forming;

    public void Add(long timeMs, long bid, int ticks)
    {
        var open = timeMs - timeMs % 60_000;
        if (_forming is { } bar && bar.OpenTime >= open)
        {
            _forming = bar.With(bid, ticks);
            return;
        }

        if (_forming is { } done)
        {
            _closed.Enqueue(done);
            if (_closed.Count > MaxMinutes)
            {
                _closed.Dequeue();
            }
        }

        _forming = new Bar(open, bid, bid, bid, bid, 1);
    }

    /// <summary>The bar of a period that contains this moment, from what is known so far.</summary>
    public Bar? Current(BarPeriod period, long timeMs)
    {
        var open = BarClock.OpenOf(period, timeMs);
        Bar? result = null;
        foreach (var minute in Pieces(period, open, timeMs))
        {
            result = result is { } bar ? bar.Followed(minute) : minute with { OpenTime = open };
        }

        return result;
    }

    /// <summary>Bars opening within the window, ascending; only the newest <paramref name="limit"/>, and whether older ones exist.</summary>
    public (IReadOnlyList<Bar> Bars, bool HasMore) Window(BarPeriod period, long from, long to, int limit)
    {
        // Asked for what is yet to come, it counts back from what there is.
        to = Math.Min(to, _forming?.OpenTime ?? to);

        // Only as far back as the wanted number can reach: a window may span years.
        var length = BarClock.Length(period);
        var reach = Math.Max(from, BarClock.OpenOf(period, Math.Max(0, to - length * (limit + 1L))));
        var bars = new List<Bar>();
        long? bucketEnd = null;
        foreach (var minute in Pieces(period, reach, to + length))
        {
            if (
                bucketEnd is null
                || minute.OpenTime >= bucketEnd
                || BarClock.OpenOf(period, minute.OpenTime) != bars[^1].OpenTime
            )
            {
                var open = BarClock.OpenOf(period, minute.OpenTime);
                if (open > to)
                {
                    break;
                }

                bars.Add(minute with { OpenTime = open });
                bucketEnd = open + length;
            }
            else
            {
                bars[^1] = bars[^1].Followed(minute);
            }
        }

        bars.RemoveAll(b => b.OpenTime < from);
        var more = reach > from || bars.Count > limit;
        return (bars.Count > limit ? bars[^limit..] : bars, more && bars.Count > 0);
    }

    private IEnumerable<Bar> Pieces(BarPeriod period, long from, long to)
    {
        // No bar needs more than some sixty pieces.
        var step = (int)Math.Max(1, BarClock.Length(period) / 3_600_000);
        var firstKnown = _closed.TryPeek(out var oldest) ? oldest.OpenTime : _forming?.OpenTime ?? long.MaxValue;
        foreach (var bar in past.Steps(from, to, step).TakeWhile(b => b.OpenTime < firstKnown))
        {
            yield return bar;
        }

        foreach (var bar in _closed.Where(b => b.OpenTime >= from && b.OpenTime <= to))
        {
            yield return bar;
        }

        if (_forming is { } forming && forming.OpenTime >= from && forming.OpenTime <= to)
        {
            yield return forming;
        }
    }
}
