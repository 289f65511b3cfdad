namespace Trading.Brokers.CTrader.Connection;

/// <summary>
/// How long to wait before the next try: one to two seconds at first, doubling up to half a minute, each shortened at
/// random by up to a half so that links broken together do not come back together, not even at the first try. After ten quick tries it goes on at the
/// slowest pace for ever. A link that held for a minute starts afresh; one that breaks sooner does not.
/// </summary>
internal sealed class BackOff(LinkTimings timings, Random random, TimeProvider clock)
{
    /// <summary>Tries after which the pace is called slow.</summary>
    public const int QuickTries = 10;

    /// <summary>How long a link must hold to count as healthy.</summary>
    public static readonly TimeSpan Healthy = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(5);

    private long? _upSince;

    /// <summary>Tries that have failed since the last healthy time.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether the quick tries are used up.</summary>
    public bool IsSlow => Failures >= QuickTries;

    /// <summary>Notes that the link is up, all the way to reconciled.</summary>
    public void Up() => _upSince = clock.GetTimestamp();

    /// <summary>Notes that the link broke, or that a try failed, and says how long to wait.</summary>
    /// <param name="atLeast">What the broker asked for; zero when it asked for nothing.</param>
    public TimeSpan Down(TimeSpan atLeast)
    {
        if (_upSince is { } since && clock.GetElapsedTime(since) >= Healthy)
        {
            Failures = 0;
        }

        _upSince = null;
        var full = timings.LongestPause;
        if (Failures < QuickTries && timings.ShortestPause * Math.Pow(2, Failures + 1) is var doubled && doubled < full)
        {
            full = doubled;
        }

        Failures++;
        var own = full * (1 - random.NextDouble() / 2);
        return atLeast > own ? atLeast + Spread * random.NextDouble() : own;
    }
}
