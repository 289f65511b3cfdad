using FluentAssertions;
using Trading.Domain.Logs;
using Trading.TestKit;
using Trading.Tools.Progress;
using Xunit;

namespace Trading.Tools.Tests;

public sealed class ProgressLineTests
{
    private readonly FakeClock _clock = new();
    private readonly StringWriter _terminal = new();

    [Fact]
    public void It_says_how_far_how_fast_and_how_long()
    {
        using var line = new ProgressLine("verify", "events", _clock, _terminal);
        var progress = line.Between(new(0), new(1_000_000));

        Report(progress, 100_000);
        Report(progress, 200_000);

        Shown().Should().Be("verify: 20 %, 50,000 events/s, 0:00:16 left");
    }

    [Fact]
    public void What_was_done_before_the_first_report_makes_nothing_look_faster()
    {
        using var line = new ProgressLine("import", "events", _clock, _terminal);

        line.Show(done: 900, total: 1_000, counted: 9_000);
        _clock.Advance(TimeSpan.FromSeconds(5));
        line.Show(done: 910, total: 1_000, counted: 9_100);

        Shown().Should().Be("import: 91 %, 20 events/s, 0:00:45 left");
    }

    [Fact]
    public void A_part_is_measured_from_where_it_begins()
    {
        using var line = new ProgressLine("export", "events", _clock, _terminal);
        var progress = line.Between(after: new(900), upTo: new(1_000));

        Report(progress, 910);
        Report(progress, 950);

        Shown().Should().Be("export: 50 %, 20 events/s, 0:00:02 left");
    }

    [Fact]
    public void Without_an_end_it_says_how_much_and_how_fast()
    {
        using var line = new ProgressLine("fold", "events", _clock, _terminal);
        var progress = line.Of(total: 0);

        progress.Report(1_000);
        _clock.Advance(TimeSpan.FromSeconds(2));
        progress.Report(3_000);

        Shown().Should().Be("fold: 3,000 events, 1,000 events/s");
    }

    [Fact]
    public void It_takes_itself_away_and_does_not_flicker()
    {
        using (var line = new ProgressLine("fold", "events", _clock, _terminal))
        {
            var progress = line.Of(100);
            Enumerable.Range(1, 100).ToList().ForEach(done => progress.Report(done));
            _terminal.ToString().Should().BeEmpty("all of it came within one moment");
            _clock.Advance(TimeSpan.FromSeconds(1));
            progress.Report(100);
        }

        var written = _terminal.ToString();
        written.Should().EndWith("\r" + new string(' ', written.IndexOf("left", StringComparison.Ordinal) + 3) + "\r");
    }

    private void Report(IProgress<Offset> progress, long at)
    {
        progress.Report(new(at));
        _clock.Advance(TimeSpan.FromSeconds(2));
    }

    private string Shown() => _terminal.ToString().Split('\r')[^1].TrimEnd();
}
