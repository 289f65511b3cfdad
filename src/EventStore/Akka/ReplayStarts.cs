using Trading.Domain.Logs;

namespace Trading.EventStore.Akka;

/// <summary>The first pages of replays, fetched together with the stream's version and kept until the replay comes for them a
/// moment later. Bounded: one that nobody comes for makes room for others.</summary>
internal sealed class ReplayStarts
{
    // More recoveries than Akka lets run at the same time.
    private const int Most = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (StreamVersion After, ReplayStart Start)> _kept = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <summary>Keeps a page.</summary>
    public void Keep(string persistenceId, StreamVersion after, ReplayStart start)
    {
        if (start.First.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            while (_order.Count >= Most)
            {
                _kept.Remove(_order.Dequeue());
            }

            _kept[persistenceId] = (after, start);
            _order.Enqueue(persistenceId);
        }
    }

    /// <summary>The page kept for a replay from there on, once; otherwise null.</summary>
    public ReplayStart? Take(string persistenceId, StreamVersion after)
    {
        lock (_gate)
        {
            return _kept.Remove(persistenceId, out var kept) && kept.After == after ? kept.Start : null;
        }
    }
}
