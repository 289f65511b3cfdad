using System.Diagnostics.Metrics;
using Akka.Event;

namespace Trading.EventStore.Akka;

/// <summary>Carries reads and writes over an absence of the database: what may be asked again is asked again, after growing
/// pauses, until the plugin gives up. Only what is common to all actors is waited for: acknowledgements leave the journal in
/// the order of the writes, and one actor that waits makes all behind it wait.</summary>
internal sealed class Outage(TimeProvider time, TimeSpan giveUpAfter, ILoggingAdapter log) : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);

    private static readonly Counter<long> s_waits = new Meter("Trading.EventStore").CreateCounter<long>(
        "eventstore.persistence.waits",
        "{pause}",
        "Pauses of an actor's read or write because the database was away"
    );

    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Asks until there is an answer.</summary>
    /// <exception cref="LogUnavailableException">The database was away for too long, or the actor system stops.</exception>
    public async ValueTask<T> TryAsync<T>(Func<CancellationToken, ValueTask<T>> repeatable)
    {
        var began = time.GetTimestamp();
        var stopping = _stopping.Token;
        for (var pause = s_firstPause; ; pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause)
        {
            try
            {
                return await repeatable(stopping);
            }
            catch (LogUnavailableException away)
                when (!stopping.IsCancellationRequested && time.GetElapsedTime(began) < giveUpAfter)
            {
                log.Warning(away, "The log is away; asking again in {0}", pause);
            }

            s_waits.Add(1);
            await Task.Delay(pause, time, stopping);
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }
}
