using FluentAssertions;
using Trading.Domain.Market;
using Xunit;

namespace Trading.Domain.Tests.Market;

public sealed class TimeframeTests
{
    [Theory]
    [InlineData(Timeframe.M1, "2014-05-02T13:47:00Z")]
    [InlineData(Timeframe.M5, "2014-05-02T13:45:00Z")]
    [InlineData(Timeframe.M15, "2014-05-02T13:45:00Z")]
    [InlineData(Timeframe.M30, "2014-05-02T13:30:00Z")]
    [InlineData(Timeframe.H1, "2014-05-02T13:00:00Z")]
    [InlineData(Timeframe.H4, "2014-05-02T12:00:00Z")]
    [InlineData(Timeframe.D1, "2014-05-02T00:00:00Z")]
    public void A_candle_begins_at_a_multiple_of_its_length_since_midnight_utc(Timeframe timeframe, string begins)
    {
        var moment = DateTimeOffset.Parse("2014-05-02T13:47:21.046Z").ToUnixTimeMilliseconds();

        var open = timeframe.OpenOf(moment);

        DateTimeOffset.FromUnixTimeMilliseconds(open).Should().Be(DateTimeOffset.Parse(begins));
        timeframe.OpenOf(open).Should().Be(open, "a boundary belongs to the candle that begins there");
        timeframe.OpenOf(open - 1).Should().Be(open - timeframe.Milliseconds());
    }

    [Fact]
    public void A_moment_before_1970_has_a_candle_that_begins_before_it() =>
        Timeframe.H1.OpenOf(-1).Should().Be(-3_600_000);

    [Fact]
    public void Every_timeframe_is_read_back_from_its_name()
    {
        foreach (var timeframe in Timeframes.All)
        {
            Timeframes.TryParse(timeframe.ToString().ToLowerInvariant(), out var read).Should().BeTrue();
            read.Should().Be(timeframe);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("M2")]
    [InlineData("60")]
    [InlineData(" M1")]
    public void What_is_no_timeframe_is_not_read_as_one(string? text) =>
        Timeframes.TryParse(text, out _).Should().BeFalse();
}
