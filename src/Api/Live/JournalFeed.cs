using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore;

namespace Trading.Api.Live;

/// <summary>Sees every journal event once, in order.</summary>
internal interface IJournalObserver
{
    /// <summary>Takes the next event. Must not block.</summary>
    void Observe(RecordedEvent recorded);
}

/// <summary>One journal subscription for the whole process, shared by all who watch it live.</summary>
internal sealed class JournalFeed(IEventLog journal, TimeProvider time, ILogger<JournalFeed> logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private IJournalObserver[] _observers = [];
    private Offset _position;

    /// <summary>Adds an observer and answers the last offset it does not see: from the next one on it sees all.</summary>
    public Offset Join(IJournalObserver observer)
    {
        lock (_gate)
        {
            _observers = [.. _observers, observer];
            return _position;
        }
    }

    /// <summary>The last offset handed out.</summary>
    public Offset Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
    }

    /// <summary>Follows the journal after <paramref name="after"/> until cancelled; a fault of the database is waited out.
    /// </summary>
    public async Task RunAsync(Offset after, CancellationToken cancellation)
    {
        _position = after;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await foreach (var batch in journal.SubscribeAsync(_position, cancellation))
                {
                    foreach (var recorded in batch)
                    {
                        Hand(recorded);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
                when (fault is System.Data.Common.DbException or IOException or LogUnavailableException)
            {
                Log.FeedInterrupted(logger, "journal", fault);
                await Task.Delay(Pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Hand(RecordedEvent recorded)
    {
        lock (_gate)
        {
            foreach (var observer in _observers)
            {
                observer.Observe(recorded);
            }

            _position = recorded.Offset;
        }
    }
}
