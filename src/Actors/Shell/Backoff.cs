namespace Trading.Actors.Shell;

/// <summary>Growing pauses with jitter, so that actors that failed together do not return together.</summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest, Random random)
{
    private int _failures;

    /// <summary>The next pause: between half and the whole of the doubled one.</summary>
    public TimeSpan Next()
    {
        var whole = Math.Min(longest.Ticks, first.Ticks * (1L << Math.Min(_failures, 20)));
        _failures++;
        lock (random)
        {
            return TimeSpan.FromTicks((whole / 2) + random.NextInt64((whole / 2) + 1));
        }
    }

    /// <summary>It went well: the next pause is the first again.</summary>
    public void Reset() => _failures = 0;
}
