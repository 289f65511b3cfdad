using Trading.EventStore;
using Trading.Simulation.Scheduling;

namespace Trading.Simulation.World;

/// <summary>Between a process and the database: requests and answers travel, and either may be lost. A request outlives who
/// sent it.</summary>
internal sealed class Network(Scheduler scheduler, Strand servers, Weather weather)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks the database.</summary>
    /// <exception cref="LogUnavailableException">No answer came; whether it was done is not known.</exception>
    public Task<T> CallAsync<T>(Strand caller, Func<T> serve, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<T>();
        if (cancellation.CanBeCanceled)
        {
            cancellation.Register(() => answer.TrySetCanceled(cancellation));
        }

        scheduler.After(weather.Latency(), servers, () => Arrive(caller, serve, answer));
        return answer.Task;
    }

    private void Arrive<T>(Strand caller, Func<T> serve, TaskCompletionSource<T> answer)
    {
        if (scheduler.Now < weather.StoreAwayUntil || weather.Strikes(Faults.RequestLost))
        {
            GiveUp(caller, answer);
            return;
        }

        if (caller.IsCut && !weather.Strikes(Faults.ArrivesAfterDeath))
        {
            return;
        }

        T result;
        try
        {
            result = serve();
        }
        catch (Exception refused) when (refused is RefusedByStoreException)
        {
            scheduler.After(weather.Latency(), caller, () => answer.TrySetException(refused));
            return;
        }

        if (weather.Strikes(Faults.AnswerLost))
        {
            GiveUp(caller, answer);
        }
        else
        {
            scheduler.After(weather.Latency(), caller, () => answer.TrySetResult(result));
        }
    }

    private void GiveUp<T>(Strand caller, TaskCompletionSource<T> answer) =>
        scheduler.After(
            Patience,
            caller,
            () =>
                answer.TrySetException(
                    new LogUnavailableException("The journal could not be reached.", new TimeoutException())
                )
        );
}

/// <summary>The database says no to a statement.</summary>
internal sealed class RefusedByStoreException(string reason) : Exception(reason);
