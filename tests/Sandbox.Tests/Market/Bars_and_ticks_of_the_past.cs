using Trading.Sandbox.CTrader.Market;

namespace Trading.Sandbox.Tests.Market;

public sealed class Bars_and_ticks_of_the_past
{
    private const long Minute = 60_000;

    // Wednesday, 2025-01-15 12:00:00 UTC.
    private const long Noon = 1_736_942_400_000;

    private readonly PastPrices _past = new(seed: 1, symbolId: 1, Noon, anchorBid: 109_000, point: 1);

    [Theory]
    [InlineData("M1", "2025-01-15T12:34:00Z")]
    [InlineData("M10", "2025-01-15T12:30:00Z")]
    [InlineData("H1", "2025-01-15T12:00:00Z")]
    [InlineData("H4", "2025-01-15T10:00:00Z")]
    [InlineData("H12", "2025-01-15T10:00:00Z")]
    [InlineData("D1", "2025-01-14T22:00:00Z")]
    [InlineData("W1", "2025-01-12T22:00:00Z")]
    [InlineData("Mn1", "2024-12-31T22:00:00Z")]
    public void Long_bars_open_with_the_trading_day_of_new_york(string period, string open)
    {
        var moment = DateTimeOffset.Parse("2025-01-15T12:34:56Z").ToUnixTimeMilliseconds();

        DateTimeOffset
            .FromUnixTimeMilliseconds(BarClock.OpenOf(Enum.Parse<BarPeriod>(period), moment))
            .Should()
            .Be(DateTimeOffset.Parse(open));
    }

    [Fact]
    public void In_summer_the_trading_day_opens_an_hour_earlier() =>
        BarClock
            .OpenOf(BarPeriod.D1, DateTimeOffset.Parse("2025-07-15T12:00:00Z").ToUnixTimeMilliseconds())
            .Should()
            .Be(DateTimeOffset.Parse("2025-07-14T21:00:00Z").ToUnixTimeMilliseconds());

    [Fact]
    public void The_invented_past_arrives_at_the_first_real_quote()
    {
        var bars = _past.Steps(Noon - 60 * Minute, Noon, minutes: 1).ToArray();

        bars.Should().HaveCount(60);
        bars[^1].Close.Should().Be(109_000);
        bars.Zip(bars.Skip(1)).Should().OnlyContain(p => p.First.Close == p.Second.Open);
        bars.Should().OnlyContain(b => b.Low <= b.Open && b.Low <= b.Close && b.High >= b.Open && b.High >= b.Close);
    }

    [Fact]
    public void An_hour_is_made_of_its_minutes()
    {
        var book = new BarBook(_past);
        book.Add(Noon, 109_000, ticks: 1);
        book.Add(Noon + Minute, 109_010, ticks: 1);
        book.Add(Noon + Minute + 1, 108_990, ticks: 2);

        var minutes = book.Window(BarPeriod.M1, Noon, Noon + 10 * Minute, limit: 100).Bars;
        var hour = book.Window(BarPeriod.H1, Noon, Noon + 10 * Minute, limit: 100).Bars;

        minutes
            .Should()
            .Equal(
                new Bar(Noon, 109_000, 109_000, 109_000, 109_000, 1),
                new Bar(Noon + Minute, 109_010, 109_010, 108_990, 108_990, 3)
            );
        hour.Should().Equal(new Bar(Noon, 109_000, 109_010, 108_990, 108_990, 4));
    }

    [Theory]
    [InlineData("M1")]
    [InlineData("H4")]
    [InlineData("D1")]
    [InlineData("Mn1")]
    public void A_window_counts_back_from_its_end(string period)
    {
        var book = new BarBook(_past);
        book.Add(Noon, 109_000, ticks: 1);

        var (bars, hasMore) = book.Window(Enum.Parse<BarPeriod>(period), from: 0, to: Noon + 1_000_000_000, limit: 50);

        bars.Should().HaveCount(50).And.BeInAscendingOrder(b => b.OpenTime);
        bars[^1].Close.Should().Be(109_000);
        hasMore.Should().BeTrue();
    }

    [Fact]
    public void Ticks_come_newest_first_and_page_without_gap_or_repeat()
    {
        var history = new TickHistory(_past, spread: 9);
        for (var i = 0; i < 6_000; i++)
        {
            history.Add(new Tick(Noon + i, 109_000 + i, 109_009 + i));
        }

        var first = history.Window(Noon - 60 * Minute, Noon + 10_000);
        var second = history.Window(Noon - 60 * Minute, first.Ticks[^1].Time - 1);

        first.HasMore.Should().BeTrue();
        second.HasMore.Should().BeFalse();
        var all = first.Ticks.Concat(second.Ticks).ToArray();
        all.Should().BeInDescendingOrder(t => t.Time);
        all.Take(6_000).Select(t => t.Time).Should().Equal(Enumerable.Range(0, 6_000).Select(i => Noon + 5_999 - i));
        all.Should().HaveCount(6_000 + 240);
    }
}
