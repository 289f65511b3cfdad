using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Architecture.Tests;

/// <summary>The other suites lean on this clock, so it is itself held to the behaviour of the real one.</summary>
public sealed class A_fake_clock
{
    private readonly FakeClock clock = new();

    [Fact]
    public void Fires_timers_in_order_of_their_due_time_each_at_its_own_moment()
    {
        var start = clock.GetUtcNow();
        var fired = new List<(string Name, TimeSpan At)>();
        using var late = Timer("late", fired, start, TimeSpan.FromSeconds(3), Timeout.InfiniteTimeSpan);
        using var every = Timer("every", fired, start, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

        clock.Advance(TimeSpan.FromSeconds(5));

        fired
            .Should()
            .Equal(
                ("every", TimeSpan.FromSeconds(2)),
                ("late", TimeSpan.FromSeconds(3)),
                ("every", TimeSpan.FromSeconds(4))
            );
        clock.GetUtcNow().Should().Be(start.AddSeconds(5));
        clock.GetElapsedTime(0, TimeSpan.TicksPerSecond).Should().Be(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Drives_delays_and_time_limits()
    {
        var delay = Task.Delay(TimeSpan.FromMinutes(1), clock);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2), clock);

        clock.Advance(TimeSpan.FromSeconds(59));
        delay.IsCompleted.Should().BeFalse();
        clock.Advance(TimeSpan.FromSeconds(1));
        await delay.WaitAsync(TimeSpan.FromSeconds(5));

        limit.IsCancellationRequested.Should().BeFalse();
        clock.Advance(TimeSpan.FromMinutes(1));
        limit.IsCancellationRequested.Should().BeTrue();
    }

    [Fact]
    public async Task Forgets_timers_that_were_disposed_and_fires_those_due_at_once_without_being_moved()
    {
        var fired = 0;
        var never = clock.CreateTimer(_ => fired += 100, null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        await never.DisposeAsync();
        clock.PendingTimers.Should().Be(0);
        clock.Advance(TimeSpan.FromSeconds(2));

        await using var now = clock.CreateTimer(_ => fired++, null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await Eventually.Be(() => fired == 1);
    }

    private ITimer Timer(
        string name,
        List<(string Name, TimeSpan At)> fired,
        DateTimeOffset start,
        TimeSpan due,
        TimeSpan period
    ) => clock.CreateTimer(_ => fired.Add((name, clock.GetUtcNow() - start)), null, due, period);
}
