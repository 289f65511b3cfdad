using Trading.Domain.Liveness;

namespace Trading.Api.Observability;

/// <summary>Finds out whether the pool of threads still runs what it is given.</summary>
/// <param name="queue">Gives it something.</param>
/// <param name="time">The clock.</param>
internal sealed class PoolWatch(Action<Action> queue, TimeProvider time)
{
    private readonly Pulse _pulse = new(time);

    /// <summary>How the pool does.</summary>
    public Vital Vital =>
        Vital.Of(VitalKind.Process, "threads", VitalState.Live, ("waiting for a thread of the pool", _pulse));

    /// <summary>Has something run by the pool, unless the last thing still waits.</summary>
    public void Run(Action work)
    {
        if (_pulse.Waiting == 0)
        {
            _pulse.Begin();
            queue(() =>
            {
                _pulse.End();
                work();
            });
        }
    }
}
