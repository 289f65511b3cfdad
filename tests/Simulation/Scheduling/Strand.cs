namespace Trading.Simulation.Scheduling;

/// <summary>What belongs together and dies together: a process, or the world outside. Code that awaits on a strand goes on on
/// it. A strand can be cut, and nothing of it ever runs again, wherever it stood; or held, and it goes on later as if no time
/// had passed.</summary>
internal sealed class Strand(Scheduler scheduler, string name) : SynchronizationContext
{
    private readonly Queue<Step> _kept = new();

    /// <summary>For the trace.</summary>
    public string Name => name;

    /// <summary>Its memory is gone.</summary>
    public bool IsCut { get; private set; }

    /// <summary>It makes no step for now.</summary>
    public bool IsHeld { get; private set; }

    /// <summary>What draws its steps.</summary>
    public Scheduler Scheduler => scheduler;

    /// <summary>Its clock, the same as everybody's; its timers die with it.</summary>
    public TimeProvider Time => field ??= new StrandTime(scheduler, this);

    /// <summary>Ends it in the middle of whatever it does.</summary>
    public void Cut()
    {
        IsCut = true;
        _kept.Clear();
    }

    /// <summary>Stops it for a while.</summary>
    public void Hold() => IsHeld = true;

    /// <summary>Lets it go on.</summary>
    public void Release()
    {
        IsHeld = false;
        while (_kept.TryDequeue(out var step))
        {
            scheduler.Post(this, step.Callback, step.State, step.Free);
        }
    }

    /// <summary>Begins something on this strand.</summary>
    public void Begin(Func<Task> work) => Post(static state => _ = ((Func<Task>)state!)(), work);

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(this, d, state);

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) =>
        throw new EscapedException("Nothing may wait for another step to end.");

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    internal void PostFree(SendOrPostCallback callback, object? state) =>
        scheduler.Post(this, callback, state, free: true);

    internal void Keep(Step step) => _kept.Enqueue(step);
}
