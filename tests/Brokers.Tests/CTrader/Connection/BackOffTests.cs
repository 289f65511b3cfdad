using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Brokers.CTrader.Connection;
using Trading.TestKit;
using Xunit;

namespace Trading.Brokers.Tests.CTrader.Connection;

public class BackOffTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void Every_wait_lies_between_a_second_and_half_a_minute() =>
        Check.One(
            Seeded.Config(),
            Prop.ForAll(
                Seeded.From(random => random).ToArbitrary(),
                random =>
                {
                    var backOff = new BackOff(new LinkTimings(), random, _clock);
                    return Enumerable
                        .Range(0, 50)
                        .Select(_ => backOff.Down(TimeSpan.Zero))
                        .All(wait => wait >= TimeSpan.FromSeconds(1) && wait <= TimeSpan.FromSeconds(30));
                }
            )
        );

    [Fact]
    public void Waits_double_until_they_reach_their_longest()
    {
        var backOff = new BackOff(new LinkTimings(), new Random(1), _clock);

        var waits = Enumerable.Range(0, 8).Select(_ => backOff.Down(TimeSpan.Zero).TotalSeconds).ToArray();

        double[] full = [2, 4, 8, 16, 30, 30, 30, 30];
        foreach (var (wait, longest) in waits.Zip(full))
        {
            wait.Should().BeInRange(longest / 2, longest);
        }
    }

    [Fact]
    public void Links_broken_together_do_not_come_back_together_at_the_first_try() =>
        Enumerable
            .Range(0, 100)
            .Select(seed =>
            {
                var backOff = new BackOff(new LinkTimings(), new Random(seed), _clock);
                return Math.Round(backOff.Down(TimeSpan.Zero).TotalSeconds, 1);
            })
            .Distinct()
            .Should()
            .HaveCountGreaterThan(8);

    [Fact]
    public void After_ten_quick_tries_it_says_that_it_is_slow_and_goes_on()
    {
        var backOff = new BackOff(new LinkTimings(), new Random(1), _clock);

        for (var i = 1; i < BackOff.QuickTries; i++)
        {
            backOff.Down(TimeSpan.Zero);
            backOff.IsSlow.Should().BeFalse();
        }

        backOff.Down(TimeSpan.Zero);
        backOff.IsSlow.Should().BeTrue();
        backOff.Down(TimeSpan.Zero).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(15));
    }

    [Fact]
    public void A_minute_of_health_starts_it_afresh_and_a_moment_does_not()
    {
        var backOff = new BackOff(new LinkTimings(), new Random(1), _clock);
        for (var i = 0; i < 12; i++)
        {
            backOff.Down(TimeSpan.Zero);
        }

        backOff.Up();
        _clock.Advance(TimeSpan.FromSeconds(59));
        backOff.Down(TimeSpan.Zero);
        backOff.Failures.Should().Be(13);

        backOff.Up();
        _clock.Advance(TimeSpan.FromSeconds(60));
        backOff.Down(TimeSpan.Zero).Should().BeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
        backOff.Failures.Should().Be(1);
        backOff.IsSlow.Should().BeFalse();
    }

    [Fact]
    public void It_does_not_come_back_before_the_broker_said_so() =>
        new BackOff(new LinkTimings(), new Random(1), _clock)
            .Down(TimeSpan.FromMinutes(9))
            .Should()
            .BeGreaterThanOrEqualTo(TimeSpan.FromMinutes(9))
            .And.BeLessThan(TimeSpan.FromMinutes(10));
}
