namespace Trading.TestKit;

/// <summary>
/// A clock that moves only when a test moves it. Timers (and with them <c>Task.Delay</c> and
/// <c>CancellationTokenSource</c> over this clock) fire in order of their due time, each seeing its own due time as now.
/// </summary>
public sealed class FakeClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<FakeTimer> timers = [];
    private DateTimeOffset now = start;
    private long order;

    /// <summary>A clock that starts on a quiet Wednesday noon, markets open.</summary>
    public FakeClock()
        : this(new DateTimeOffset(2025, 1, 15, 12, 0, 0, TimeSpan.Zero)) { }

    /// <inheritdoc />
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers wait to fire; a test waits for one to be set before it moves the clock.</summary>
    public int PendingTimers
    {
        get
        {
            lock (gate)
                return timers.Count;
        }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    /// <inheritdoc />
    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time forward and fires every timer that falls due, those set meanwhile included.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        DateTimeOffset until;
        lock (gate)
            until = now + by;
        while (NextDue(until) is { } timer)
            timer.Fire();
        lock (gate)
            now = now > until ? now : until;
    }

    private FakeTimer? NextDue(DateTimeOffset until)
    {
        lock (gate)
        {
            var timer = timers.Where(t => t.Due <= until).MinBy(t => (t.Due, t.Order));
            if (timer is null)
                return null;
            now = timer.Due > now ? timer.Due : now;
            if (timer.Period > TimeSpan.Zero)
                timer.Due += timer.Period;
            else
                timers.Remove(timer);
            return timer;
        }
    }

    private void Schedule(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
                return;
            timer.Due = now + dueTime;
            timer.Period = period;
            timer.Order = order++;
            timers.Add(timer);
        }
    }

    private void Forget(FakeTimer timer)
    {
        lock (gate)
            timers.Remove(timer);
    }

    private sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public long Order { get; set; }

        private bool disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (disposed)
                return false;
            clock.Schedule(this, dueTime, period);
            // As the real clock does it: at once, but never inside the call that sets the timer.
            if (dueTime == TimeSpan.Zero)
                ThreadPool.QueueUserWorkItem(_ => clock.Advance(TimeSpan.Zero));
            return true;
        }

        // Outside the clock's lock: a callback may set timers or read the time.
        public void Fire() => callback(state);

        public void Dispose()
        {
            disposed = true;
            clock.Forget(this);
        }

        public ValueTask DisposeAsync()
        {
            disposed = true;
            clock.Forget(this);
            return ValueTask.CompletedTask;
        }
    }
}
