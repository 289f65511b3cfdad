namespace Trading.Simulation.Scheduling;

/// <summary>The simulation's clock as one strand has it.</summary>
internal sealed class StrandTime(Scheduler scheduler, Strand strand) : TimeProvider
{
    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        scheduler.Guard();
        return scheduler.Now;
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulatedTimer(scheduler, strand, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer of a strand.</summary>
internal sealed class SimulatedTimer(Scheduler scheduler, Strand strand, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period;
    private int _setting;

    /// <summary>Whose.</summary>
    public Strand Strand => strand;

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _setting++;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            scheduler.Set(this, _setting, dueTime);
        }

        return true;
    }

    /// <summary>It is due by the setting that is in force; a periodic one is set again.</summary>
    public bool Takes(int setting)
    {
        if (setting != _setting)
        {
            return false;
        }

        if (_period > TimeSpan.Zero)
        {
            scheduler.Set(this, _setting, _period);
        }

        return true;
    }

    /// <summary>Runs the callback.</summary>
    public void Fire(object? unused) => callback(state);

    /// <inheritdoc/>
    public void Dispose() => _setting++;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _setting++;
        return ValueTask.CompletedTask;
    }
}
