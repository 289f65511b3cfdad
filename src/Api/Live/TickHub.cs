using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore;

namespace Trading.Api.Live;

/// <summary>Hands the ticks of one environment to all who watch them. Fed by the market log; a tick is serialised once, and
/// a client is woken once for a whole block.</summary>
internal sealed class TickHub(Func<StreamName, bool> isOurs, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _joining = new();
    private readonly Dictionary<string, long> _newestOffset = new(StringComparer.Ordinal);
    private readonly HashSet<int> _touched = [];
    private TickReader[] _readers = [];
    private long _position;

    /// <summary>The newest ticks.</summary>
    public TickRing Ring { get; } = new();

    /// <summary>The last offset of the market log that was handed out.</summary>
    public Offset Position => new(Volatile.Read(ref _position));

    /// <summary>Follows the market log after <paramref name="after"/> until cancelled; a fault of the database is waited
    /// out.</summary>
    public async Task RunAsync(ITickLog log, Offset after, CancellationToken cancellation)
    {
        _position = after.Value;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var block in log.SubscribeAsync(Position, cancellation))
                {
                    Publish(block);
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
                when (fault is System.Data.Common.DbException or IOException or LogUnavailableException)
            {
                Log.FeedInterrupted(logger, "market log", fault);
                await Task.Delay(Pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>States the last known price of a symbol before the log is followed.</summary>
    public void Seed(in Tick tick, Offset offset)
    {
        _newestOffset[tick.Symbol.Value] = offset.Value;
        Ring.Add(tick, offset);
    }

    /// <summary>Hands out a block. Only one thread may call this.</summary>
    public void Publish(TickBlock block)
    {
        if (isOurs(block.Stream))
        {
            Add(block);
            Wake();
        }

        Volatile.Write(ref _position, block.Last.Value);
    }

    /// <summary>Adds a reader; it is woken when something it watches has ticked.</summary>
    public void Join(TickReader reader)
    {
        lock (_joining)
        {
            _readers = [.. _readers, reader];
        }
    }

    /// <summary>Takes a reader off.</summary>
    public void Leave(TickReader reader)
    {
        lock (_joining)
        {
            _readers = [.. _readers.Where(other => other != reader)];
        }
    }

    private void Add(TickBlock block)
    {
        _touched.Clear();
        var ticks = block.Ticks.Span;
        for (var i = 0; i < ticks.Length; i++)
        {
            var offset = block.First.Plus(i);
            // What the seed said already is not said again.
            if (
                _newestOffset.Count > 0
                && _newestOffset.TryGetValue(ticks[i].Symbol.Value, out var seen)
                && offset.Value <= seen
            )
            {
                continue;
            }

            Ring.Add(ticks[i], offset);
            if (Ring.NumberOf(ticks[i].Symbol) is { } number)
            {
                _touched.Add(number);
            }
        }
    }

    private void Wake()
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            if (reader.IsBehind || reader.WatchesAny(_touched))
            {
                reader.Signal.Set();
            }
        }
    }
}
