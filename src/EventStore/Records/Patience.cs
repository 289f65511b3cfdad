using Trading.Postgres;

namespace Trading.EventStore.Records;

/// <summary>Growing pauses between tries, up to a deadline.</summary>
internal sealed class Patience(string log, TimeProvider time, TimeSpan deadline)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly long _started = time.GetTimestamp();
    private TimeSpan _pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs what may be run again, until it succeeds.</summary>
    /// <exception cref="LogUnavailableException">The deadline has passed.</exception>
    public async ValueTask<T> TryAsync<T>(Func<CancellationToken, ValueTask<T>> idempotent, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                return await idempotent(stopping);
            }
            catch (Exception failure)
                when (DatabaseFailure.LeavesUnknown(failure) || DatabaseFailure.IsWrongServer(failure))
            {
                await PauseAsync(failure, stopping);
            }
        }
    }

    /// <summary>Waits before the next try.</summary>
    /// <exception cref="LogUnavailableException">The deadline has passed, or the log is being closed.</exception>
    public async Task PauseAsync(Exception reason, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested || time.GetElapsedTime(_started) > deadline)
        {
            throw new LogUnavailableException($"The {log} could not be reached.", reason);
        }

        await Task.Delay(_pause, time, stopping);
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
