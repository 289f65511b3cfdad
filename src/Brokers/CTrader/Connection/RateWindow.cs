namespace Trading.Brokers.CTrader.Connection;

/// <summary>
/// Lets at most so many through in any span of the given length. Unlike a bucket that refills steadily it never lets a
/// full bucket and its refill through together, which a server counting by the second would punish.
/// </summary>
internal sealed class RateWindow(int limit, TimeSpan span, TimeProvider clock)
{
    private readonly long[] _times = new long[limit];
    private int _next;
    private int _used;

    /// <summary>Time until one more may pass; zero when it may now.</summary>
    public TimeSpan Wait()
    {
        if (_used < _times.Length)
        {
            return TimeSpan.Zero;
        }

        var rest = span - clock.GetElapsedTime(_times[_next]);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    /// <summary>Notes that one passes now.</summary>
    public void Take()
    {
        _times[_next] = clock.GetTimestamp();
        _next = (_next + 1) % _times.Length;
        _used = Math.Min(_used + 1, _times.Length);
    }
}
