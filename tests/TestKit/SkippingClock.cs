namespace Trading.TestKit;

/// <summary>
/// A clock that runs with the real one and can be moved ahead: what waits for minutes waits for moments, while sockets
/// and processes go on at their own pace.
/// </summary>
public sealed class SkippingClock : TimeProvider
{
    private readonly Lock gate = new();
    private readonly HashSet<SkippingTimer> timers = [];
    private TimeSpan skipped;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return System.GetUtcNow() + skipped;
    }

    /// <inheritdoc />
    public override long GetTimestamp()
    {
        lock (gate)
            return System.GetElapsedTime(0).Ticks + skipped.Ticks;
    }

    /// <summary>Moves ahead; timers that fall due fire at once.</summary>
    public void Skip(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        SkippingTimer[] waiting;
        lock (gate)
        {
            skipped += by;
            waiting = [.. timers];
        }

        foreach (var timer in waiting)
            timer.Rearm();
    }

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SkippingTimer(this, callback, state);
        lock (gate)
            timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    private void Forget(SkippingTimer timer)
    {
        lock (gate)
            timers.Remove(timer);
    }

    private sealed class SkippingTimer : ITimer
    {
        private readonly Lock gate = new();
        private readonly SkippingClock clock;
        private readonly TimerCallback callback;
        private readonly object? state;
        private readonly ITimer real;
        private long due = long.MaxValue;
        private TimeSpan period = Timeout.InfiniteTimeSpan;
        private bool disposed;

        public SkippingTimer(SkippingClock clock, TimerCallback callback, object? state)
        {
            this.clock = clock;
            this.callback = callback;
            this.state = state;
            real = System.CreateTimer(_ => Fire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (gate)
            {
                this.period = period;
                due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.GetTimestamp() + dueTime.Ticks;
            }

            return Rearm();
        }

        public bool Rearm()
        {
            lock (gate)
            {
                if (disposed)
                    return false;
                var left =
                    due == long.MaxValue ? Timeout.InfiniteTimeSpan : new(Math.Max(0, due - clock.GetTimestamp()));
                return real.Change(left, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose() => End();

        private void End()
        {
            lock (gate)
                disposed = true;
            clock.Forget(this);
            real.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            End();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            lock (gate)
            {
                if (disposed || due == long.MaxValue)
                    return;
                // A real timer may come a little early.
                if (clock.GetTimestamp() >= due)
                    due = period == Timeout.InfiniteTimeSpan ? long.MaxValue : clock.GetTimestamp() + period.Ticks;
                else
                {
                    real.Change(TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                    return;
                }
            }

            Rearm();
            callback(state);
        }
    }
}
