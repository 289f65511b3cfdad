using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Trading.TestKit.Nodes;

/// <summary>Akka's timers on a test's clock.</summary>
public sealed class ClockScheduler : SchedulerBase
{
    private static readonly ConcurrentDictionary<string, TimeProvider> Clocks = new();
    private readonly TimeProvider _clock;

    /// <summary>Made by Akka.</summary>
    public ClockScheduler(Config config, ILoggingAdapter log)
        : base(config, log) => _clock = Clocks[config.GetString("akka.scheduler.clock")];

    /// <inheritdoc />
    public override TimeSpan MonotonicClock =>
        TimeSpan.FromSeconds((double)_clock.GetTimestamp() / _clock.TimestampFrequency);

    /// <inheritdoc />
    public override TimeSpan HighResMonotonicClock => MonotonicClock;

    /// <inheritdoc />
    protected override DateTimeOffset TimeNow => _clock.GetUtcNow();

    /// <summary>Puts the timers of an actor system on a clock.</summary>
    public static Config On(TimeProvider clock)
    {
        var name = Guid.NewGuid().ToString("N");
        Clocks[name] = clock;
        return ConfigurationFactory.ParseString(
            $$"""
            akka.scheduler {
              implementation = "{{typeof(ClockScheduler).FullName}}, {{typeof(ClockScheduler).Assembly.GetName().Name}}"
              clock = "{{name}}"
            }
            """
        );
    }

    /// <inheritdoc />
    protected override void InternalScheduleTellOnce(
        TimeSpan delay,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Set(delay, Timeout.InfiniteTimeSpan, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc />
    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        ICanTell receiver,
        object message,
        IActorRef sender,
        ICancelable cancelable
    ) => Set(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    /// <inheritdoc />
    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) =>
        Set(delay, Timeout.InfiniteTimeSpan, action, cancelable);

    /// <inheritdoc />
    protected override void InternalScheduleOnce(
        TimeSpan delay,
        Akka.Dispatch.IRunnable action,
        ICancelable cancelable
    ) => Set(delay, Timeout.InfiniteTimeSpan, action.Run, cancelable);

    /// <inheritdoc />
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Action action,
        ICancelable cancelable
    ) => Set(initialDelay, interval, action, cancelable);

    /// <inheritdoc />
    protected override void InternalScheduleRepeatedly(
        TimeSpan initialDelay,
        TimeSpan interval,
        Akka.Dispatch.IRunnable action,
        ICancelable cancelable
    ) => Set(initialDelay, interval, action.Run, cancelable);

    private void Set(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable)
    {
        if (cancelable is { IsCancellationRequested: true })
        {
            return;
        }

        var timer = new Timer();
        timer.Held = _clock.CreateTimer(
            _ =>
            {
                if (cancelable is not { IsCancellationRequested: true })
                {
                    action();
                }

                if (interval == Timeout.InfiniteTimeSpan || cancelable is { IsCancellationRequested: true })
                {
                    timer.Held?.Dispose();
                }
            },
            null,
            delay,
            interval
        );
        cancelable?.Token.Register(() => timer.Held?.Dispose());
    }

    private sealed class Timer
    {
        public ITimer? Held { get; set; }
    }
}
