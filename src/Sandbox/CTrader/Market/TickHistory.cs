namespace Trading.Sandbox.CTrader.Market;

/// <summary>The last quotes of one symbol, and the invented past before the first of them.</summary>
internal sealed class TickHistory(PastPrices past, long spread)
{
    private const int Capacity = 1 << 18;
    private const int Chunk = 5_000;

    private Tick[] _ring = [];
    private long _count;

    public void Add(Tick tick)
    {
        if (_count == _ring.Length && _ring.Length < Capacity)
        {
            Array.Resize(ref _ring, Math.Max(1_024, _ring.Length * 2));
        }

        _ring[_count++ % _ring.Length] = tick;
    }

    /// <summary>Quotes within the window that were really told, oldest first; of the last 262,144 only.</summary>
    public IEnumerable<Tick> Told(long from, long to)
    {
        for (var i = Math.Max(0, _count - _ring.Length); i < _count; i++)
        {
            var tick = _ring[i % _ring.Length];
            if (tick.Time >= from && tick.Time <= to)
            {
                yield return tick;
            }
        }
    }

    /// <summary>Quotes within the window, newest first, at most one chunk; and whether older ones are left.</summary>
    public (IReadOnlyList<Tick> Ticks, bool HasMore) Window(long from, long to)
    {
        var found = new List<Tick>();
        var oldest = Math.Max(0, _count - _ring.Length);
        for (var i = _count - 1; i >= oldest; i--)
        {
            var tick = _ring[i % _ring.Length];
            if (tick.Time < from)
            {
                return (found, false);
            }

            if (tick.Time <= to && !Take(found, tick))
            {
                return (found, true);
            }
        }

        // The invented past is only made up as far back as one chunk needs.
        for (var end = Math.Min(to, past.AnchorTime); end >= from; end -= 3_600_000)
        {
            foreach (var tick in past.Ticks(Math.Max(from, end - 3_599_999), end, spread).Reverse())
            {
                if (!Take(found, tick))
                {
                    return (found, true);
                }
            }
        }

        return (found, false);
    }

    private static bool Take(List<Tick> found, Tick tick)
    {
        if (found.Count == Chunk)
        {
            return false;
        }

        found.Add(tick);
        return true;
    }
}
