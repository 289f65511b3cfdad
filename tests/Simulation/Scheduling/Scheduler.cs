namespace Trading.Simulation.Scheduling;

/// <summary>One thread, one clock, one seed. What may run runs one step at a time, in an order that only the seed decides;
/// time moves only when nothing may run. Nothing here asks the operating system for anything.</summary>
internal sealed class Scheduler(int seed, DateTimeOffset start)
{
    private const int MostStepsAtOneMoment = 500_000;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Random _random = new(seed);
    private readonly List<Step> _ready = [];
    private readonly PriorityQueue<(SimulatedTimer Timer, int Setting), (long Due, long Order)> _timers = new();
    private long _order;
    private string? _escape;

    /// <summary>The clock.</summary>
    public DateTimeOffset Now { get; private set; } = start;

    /// <summary>Steps run so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Called after each step with the strand that made it; true ends the run.</summary>
    public Func<Strand, bool> AfterStep { get; set; } = _ => false;

    /// <summary>Everything that is simulated happens on the thread of the simulation. Whatever comes here from another one
    /// has escaped, and no seed could bring it back.</summary>
    /// <exception cref="EscapedException">Called on another thread.</exception>
    public void Guard()
    {
        if (HasEscaped())
        {
            throw new EscapedException("Something runs beside the simulation.");
        }
    }

    /// <summary>Makes something ready to run.</summary>
    /// <param name="strand">Whose step it is.</param>
    /// <param name="callback">The step.</param>
    /// <param name="state">Handed to it.</param>
    /// <param name="free">It runs without a context: what it completes goes on at once where nobody asked to be called back on
    /// a strand, as the inner workings of Akka do, and on the strand where somebody did.</param>
    public void Post(Strand strand, SendOrPostCallback callback, object? state, bool free = false)
    {
        // What is left of the dead may still stir, on the collector's thread too: nobody hears it.
        // Who came from another thread is not thrown at, or the whole process would fall; the run ends with its next step.
        if (!strand.IsCut && !HasEscaped())
        {
            _ready.Add(new(strand, callback, state, free));
        }
    }

    /// <summary>Runs an action on a strand after a while.</summary>
    public void After(TimeSpan delay, Strand strand, Action action)
    {
        var timer = new SimulatedTimer(this, strand, static state => ((Action)state!)(), action);
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs everything up to a moment.</summary>
    /// <exception cref="EscapedException">Something ran on another thread.</exception>
    public void RunUntil(DateTimeOffset deadline)
    {
        var before = SynchronizationContext.Current;
        var stepsNow = 0;
        try
        {
            while (true)
            {
                if (Volatile.Read(ref _escape) is { } escape)
                {
                    throw new EscapedException(escape);
                }

                if (_ready.Count > 0)
                {
                    if (++stepsNow > MostStepsAtOneMoment)
                    {
                        throw new InvalidOperationException("Time stands still: the same moment never ends.");
                    }

                    if (Run(Draw()))
                    {
                        return;
                    }
                }
                else if (_timers.TryPeek(out var next, out var place) && place.Due <= deadline.Ticks)
                {
                    _timers.Dequeue();
                    if (next.Timer.Takes(next.Setting))
                    {
                        if (place.Due > Now.Ticks)
                        {
                            Now = new(place.Due, TimeSpan.Zero);
                            stepsNow = 0;
                        }

                        if (Run(new(next.Timer.Strand, next.Timer.Fire, null, Free: true)))
                        {
                            return;
                        }
                    }
                }
                else
                {
                    Now = deadline;
                    return;
                }
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    internal void Set(SimulatedTimer timer, int setting, TimeSpan due)
    {
        Guard();
        _timers.Enqueue((timer, setting), ((Now + due).Ticks, _order++));
    }

    private bool HasEscaped()
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            return false;
        }

        Interlocked.CompareExchange(ref _escape, Environment.StackTrace, null);
        return true;
    }

    private Step Draw()
    {
        var index = _random.Next(_ready.Count);
        var step = _ready[index];
        _ready[index] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        return step;
    }

    private bool Run(Step step)
    {
        if (step.Strand.IsCut)
        {
            return false;
        }

        if (step.Strand.IsHeld)
        {
            step.Strand.Keep(step);
            return false;
        }

        SynchronizationContext.SetSynchronizationContext(step.Free ? null : step.Strand);
        step.Callback(step.State);
        Steps++;
        return AfterStep(step.Strand);
    }
}

/// <summary>Something that may run.</summary>
internal readonly record struct Step(Strand Strand, SendOrPostCallback Callback, object? State, bool Free);

/// <summary>Something ran on another thread than the simulation's.</summary>
internal sealed class EscapedException(string where) : Exception(where);
