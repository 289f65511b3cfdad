using FluentAssertions;
using Trading.Domain.Logs;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class ProgressTests
{
    private readonly FakeClock _clock = new();
    private readonly Progress _progress;

    public ProgressTests() => _progress = new("accounts@1", new(), _clock);

    [Fact]
    public void At_the_head_it_is_live_however_long_nothing_happens()
    {
        _progress.Begin(new(10), new(10), []);
        _clock.Advance(TimeSpan.FromHours(1));

        var health = _progress.Health();

        (health.State, health.Gap, health.Lag).Should().Be((ProjectionState.Live, 0L, TimeSpan.Zero));
    }

    [Fact]
    public void Work_after_a_quiet_hour_does_not_make_it_stuck_at_once()
    {
        _progress.Begin(new(10), new(10), []);
        _clock.Advance(TimeSpan.FromHours(1));
        _progress.Pending(_clock.GetUtcNow());
        _progress.SeeHead(new(11));

        _progress.Health().State.Should().Be(ProjectionState.Live);
        _clock.Advance(TimeSpan.FromSeconds(6));
        _progress.Health().State.Should().Be(ProjectionState.CatchingUp);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _progress.Health().State.Should().Be(ProjectionState.Stuck);
        _progress.Reach(new(11));
        _progress.Health().State.Should().Be(ProjectionState.Live);
    }

    [Fact]
    public void Behind_but_moving_is_catching_up_and_shows_by_how_much()
    {
        _progress.Begin(new(10), new(1_000), []);
        for (var step = 0; step < 10; step++)
        {
            _clock.Advance(TimeSpan.FromSeconds(9));
            _progress.Pending(_clock.GetUtcNow() - TimeSpan.FromMinutes(5));
            _progress.Reach(new(20 + step));
        }

        var health = _progress.Health();

        (health.State, health.Gap, health.Lag).Should().Be((ProjectionState.CatchingUp, 971L, TimeSpan.FromMinutes(5)));
        health.Rate.Should().BeApproximately(19 / 90.0, 0.001);
    }

    [Fact]
    public void From_the_start_of_a_log_with_a_past_it_is_rebuilding_until_it_has_caught_up_once()
    {
        _progress.Begin(Offset.Start, new(100), []);
        _progress.Reach(new(50));
        var before = _progress.Health().State;
        _progress.Reach(new(100));

        before.Should().Be(ProjectionState.Rebuilding);
        _progress.Health().State.Should().Be(ProjectionState.Live);
    }

    [Fact]
    public void Failing_for_long_is_stuck_even_with_nothing_to_do()
    {
        _progress.Begin(new(10), new(10), []);
        _clock.Advance(TimeSpan.FromHours(1));
        _progress.Fail("57P01");
        var first = _progress.Health();
        _clock.Advance(TimeSpan.FromSeconds(10));
        _progress.Fail("57P01");

        (first.State, first.Error).Should().Be((ProjectionState.CatchingUp, "57P01"));
        _progress.Health().State.Should().Be(ProjectionState.Stuck);
        _progress.Succeed();
        _progress.Health().State.Should().Be(ProjectionState.Live);
    }

    [Fact]
    public void Failing_at_every_start_is_stuck_and_starting_over_does_not_hide_it()
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            _progress.Begin(new(10), new(20), []);
            _progress.Fail("JsonException");
            _clock.Advance(TimeSpan.FromSeconds(2.5));
        }

        _progress.Health().State.Should().Be(ProjectionState.Stuck);
    }

    [Fact]
    public void A_connection_lost_and_made_again_with_nothing_to_do_leaves_no_error()
    {
        _progress.Begin(new(10), new(10), []);
        _progress.Fail("57P01");
        _progress.Begin(new(10), new(10), []);
        _clock.Advance(TimeSpan.FromMinutes(1));

        (_progress.Health().State, _progress.Health().Error).Should().Be((ProjectionState.Live, null));
    }

    [Fact]
    public void A_standby_is_never_stuck_while_the_other_node_moves()
    {
        _progress.StandBy(new(5));
        _progress.SeeHead(new(9));
        _clock.Advance(TimeSpan.FromMinutes(1));
        _progress.StandBy(new(6));

        _progress.Health().State.Should().Be(ProjectionState.Standby);
    }

    [Fact]
    public async Task Who_waits_for_an_offset_is_woken_when_it_is_reached_and_not_before()
    {
        _progress.Begin(new(10), new(10), []);
        var waiting = _progress.WaitForAsync(new(12), default);
        _progress.Reach(new(11));
        var early = waiting.IsCompleted;
        _progress.Reach(new(12));

        await waiting.WaitAsync(ReadSide.Patience);
        early.Should().BeFalse();
        _progress.WaitForAsync(new(3), default).IsCompleted.Should().BeTrue();
    }

    [Fact]
    public async Task Who_waits_too_long_is_told_so()
    {
        await using var side = await ReadSide.StartAsync();

        (await side.Projections.WaitForAsync(new(99), TimeSpan.FromMilliseconds(50), default)).Should().BeFalse();
    }
}
