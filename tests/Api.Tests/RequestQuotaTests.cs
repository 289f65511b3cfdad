using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Api.Access;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

public sealed class RequestQuotaTests
{
    private readonly FakeClock _clock = new();

    [Fact]
    public void Who_comes_back_when_told_is_let_in_and_who_comes_earlier_is_told_again() =>
        Check.One(
            Seeded.Config(50),
            Prop.ForAll(
                Seeded.From(random => (PerMinute: random.Next(1, 100_000), Seed: random.Next())).ToArbitrary(),
                drawn =>
                {
                    var quota = new RequestQuota(drawn.PerMinute, _clock);
                    var random = new Random(drawn.Seed);
                    for (var visit = 0; visit < 20; visit++)
                    {
                        _clock.Advance(TimeSpan.FromTicks(random.Next(0, 20_000)));
                        var wait = AskUntilRefused(quota, drawn.PerMinute);
                        wait.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
                        _clock.Advance(wait - TimeSpan.FromMilliseconds(1));
                        quota.Take("eager").Should().BePositive();
                        _clock.Advance(TimeSpan.FromMilliseconds(1));
                        quota.Take("eager").Should().BeNull();
                    }
                }
            )
        );

    [Fact]
    public void A_minute_s_worth_is_there_at_once_and_again_after_a_minute()
    {
        var quota = new RequestQuota(7, _clock);
        for (var minute = 0; minute < 3; minute++)
        {
            for (var request = 0; request < 7; request++)
            {
                quota.Take("ann").Should().BeNull();
            }

            quota.Take("ann").Should().Be(TimeSpan.FromMilliseconds(8_572));
            quota.Take("bob").Should().BeNull();
            _clock.Advance(TimeSpan.FromMinutes(5));
        }
    }

    private static TimeSpan AskUntilRefused(RequestQuota quota, int perMinute)
    {
        for (var asked = 0; asked <= perMinute; asked++)
        {
            if (quota.Take("eager") is { } wait)
            {
                return wait;
            }
        }

        throw new InvalidOperationException("The quota let in more than a minute's worth at one moment.");
    }
}
