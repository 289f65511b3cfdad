using System.Collections.Concurrent;

namespace Trading.EventStore.Akka;

/// <summary>The writes whose outcome is not known yet. A restarted actor must not ask for its highest sequence number while
/// its predecessor's write is on its way: it would use the same numbers again.</summary>
internal sealed class WritesInFlight
{
    private readonly ConcurrentDictionary<string, Task> _writes = new(StringComparer.Ordinal);

    /// <summary>Notes a write until it is done.</summary>
    public void Add(string persistenceId, Task write)
    {
        _writes[persistenceId] = write;
        _ = write.ContinueWith(
            done => _writes.TryRemove(new(persistenceId, done)),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    /// <summary>Waits for a stream's write, whatever becomes of it.</summary>
    public async Task SettledAsync(string persistenceId)
    {
        while (_writes.TryGetValue(persistenceId, out var write) && !write.IsCompleted)
        {
            await write.ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext
            );
        }
    }
}
