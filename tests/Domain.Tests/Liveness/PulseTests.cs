using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain.Liveness;
using Trading.TestKit;
using Xunit;

namespace Trading.Domain.Tests.Liveness;

public sealed class PulseTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(7);
    private readonly FakeClock _clock = new();
    private readonly Pulse _pulse;

    public PulseTests() => _pulse = new(_clock, Within);

    [Fact]
    public void Nothing_to_do_is_never_stalled()
    {
        _clock.Advance(TimeSpan.FromDays(1));

        _pulse.Stalled.Should().BeNull();
    }

    [Fact]
    public void Work_that_waits_too_long_is_stalled_since_it_began_to_wait()
    {
        _clock.Advance(TimeSpan.FromHours(1));
        var began = _clock.GetUtcNow();
        _pulse.Begin();
        _clock.Advance(Within);

        _pulse.Stalled!.Since.Should().Be(began);
        _pulse.End();
        _pulse.Stalled.Should().BeNull();
    }

    [Fact]
    public void However_much_waits_it_is_not_stalled_while_some_of_it_gets_done()
    {
        for (var round = 0; round < 100; round++)
        {
            _pulse.Begin();
            _pulse.Begin();
            _clock.Advance(TimeSpan.FromSeconds(6));
            _pulse.End();
            _pulse.Stalled.Should().BeNull();
        }

        _clock.Advance(Within);
        _pulse.Stalled.Should().NotBeNull();
    }

    [Fact]
    public void One_failure_is_no_stall_but_failing_for_long_is_and_success_ends_it()
    {
        Try(() => _pulse.Fail("refused"));
        _clock.Advance(TimeSpan.FromSeconds(20));
        _pulse.Stalled.Should().BeNull();

        Try(() => _pulse.Fail("refused"));
        _pulse.Stalled!.Reason.Should().Be("refused");

        Try(_pulse.End);
        _pulse.Stalled.Should().BeNull();
    }

    [Fact]
    public void A_failure_that_nobody_repeats_is_forgotten()
    {
        Try(() => _pulse.Fail("refused"));
        _clock.Advance(Within);
        Try(() => _pulse.Fail("refused"));
        _pulse.Stalled.Should().NotBeNull();

        _clock.Advance(TimeSpan.FromMinutes(2));

        _pulse.Stalled.Should().BeNull();
    }

    [Fact]
    public async Task What_is_watched_begins_ends_fails_and_is_given_up_by_itself()
    {
        var work = new TaskCompletionSource<int>();
        var watched = _pulse.WatchAsync(new ValueTask<int>(work.Task)).AsTask();
        _pulse.Waiting.Should().Be(1);
        work.SetResult(5);
        (await watched).Should().Be(5);
        _pulse.Waiting.Should().Be(0);

        var failing = () => _pulse.WatchAsync(new ValueTask(Task.FromException(new IOException()))).AsTask();
        await failing.Should().ThrowAsync<IOException>();
        var cancelled = () => _pulse.WatchAsync(new ValueTask(Task.FromCanceled(new(true)))).AsTask();
        await cancelled.Should().ThrowAsync<OperationCanceledException>();
        _pulse.Waiting.Should().Be(0);
    }

    [Fact]
    public void Any_history_is_stalled_exactly_when_something_waits_and_nothing_got_done_for_the_time() =>
        Check.One(
            Seeded.Config(200),
            Prop.ForAll(
                Seeded.From(random => Enumerable.Range(0, 60).Select(_ => random.Next(4)).ToArray()).ToArbitrary(),
                steps =>
                {
                    var clock = new FakeClock();
                    var pulse = new Pulse(clock, Within);
                    var (waiting, moved) = (0, clock.GetUtcNow());
                    foreach (var step in steps)
                    {
                        switch (step)
                        {
                            case 0:
                                moved = waiting++ == 0 ? clock.GetUtcNow() : moved;
                                pulse.Begin();
                                break;
                            case 1 when waiting > 0:
                                waiting--;
                                moved = clock.GetUtcNow();
                                pulse.End();
                                break;
                            case 2 when waiting > 0:
                                moved = clock.GetUtcNow();
                                pulse.Advance();
                                break;
                            default:
                                clock.Advance(TimeSpan.FromSeconds(2));
                                break;
                        }

                        var expected = waiting > 0 && clock.GetUtcNow() - moved >= Within;
                        (pulse.Stalled is not null).Should().Be(expected);
                    }
                }
            )
        );

    private void Try(Action end)
    {
        _pulse.Begin();
        end();
    }
}
