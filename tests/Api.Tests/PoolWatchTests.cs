using FluentAssertions;
using Trading.Api.Observability;
using Trading.Domain.Liveness;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

public sealed class PoolWatchTests
{
    [Fact]
    public void A_pool_that_runs_nothing_any_more_is_stuck_until_it_does()
    {
        var clock = new FakeClock();
        var queue = new Queue<Action>();
        var pool = new PoolWatch(queue.Enqueue, clock);
        var looks = 0;

        for (var second = 0; second < 8; second++)
        {
            pool.Run(() => looks++);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        pool.Vital.State.Should().Be(VitalState.Stuck);
        queue.Should().ContainSingle("nothing is piled upon a pool that is used up");
        queue.Dequeue()();
        pool.Vital.State.Should().Be(VitalState.Live);
        looks.Should().Be(1);
    }
}
