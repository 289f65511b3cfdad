namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Counts the requests of one connection in the last second, history apart.</summary>
internal sealed class RateLimiter(CTraderSandboxOptions options)
{
    private readonly Queue<long> _requests = new();
    private readonly Queue<long> _history = new();

    /// <summary>Makes the next this many requests breach, whatever their rate.</summary>
    public int Forced { get; set; }

    public bool Admits(bool history)
    {
        if (Forced > 0)
        {
            Forced--;
            return false;
        }

        return history
            ? Admits(_history, options.HistoryRequestsPerSecond)
            : Admits(_requests, options.RequestsPerSecond);
    }

    private bool Admits(Queue<long> seen, int limit)
    {
        if (limit <= 0)
        {
            return true;
        }

        while (seen.TryPeek(out var oldest) && options.Time.GetElapsedTime(oldest) >= TimeSpan.FromSeconds(1))
        {
            seen.Dequeue();
        }

        if (seen.Count >= limit)
        {
            return false;
        }

        seen.Enqueue(options.Time.GetTimestamp());
        return true;
    }
}
