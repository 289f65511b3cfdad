using FluentAssertions;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.InMemory;
using Trading.TestKit;
using Xunit;

namespace Trading.EventStore.Tests.Contracts;

/// <summary>What every log must find when it is asked about its past.</summary>
public abstract class HistoryContract
{
    private const int Appends = 40;

    protected abstract IEventLog Journal { get; }

    protected abstract ITickLog Market { get; }

    private IJournalHistory JournalPast => (IJournalHistory)Journal;

    private ITickHistory MarketPast => (ITickHistory)Market;

    [Fact]
    public async Task The_place_of_a_moment_is_the_last_event_recorded_by_then()
    {
        var before = await Journal.HeadAsync(default);
        for (var i = 0; i < Appends; i++)
        {
            await Journal.AppendedAsync(Some.Request(Some.Stream(), count: 1 + (i % 5)));
        }

        var all = await Journal.ReadAllAsync(before);
        foreach (var moment in all.Select(e => e.RecordedAt).SelectMany(Around).Distinct())
        {
            var expected = all.LastOrDefault(e => e.RecordedAt <= moment)?.Offset ?? before;
            (await JournalPast.OffsetAtAsync(moment, default)).Should().Be(expected);
        }

        (await JournalPast.OffsetAtAsync(DateTimeOffset.MinValue.AddYears(1), default)).Should().Be(Offset.Start);
        (await JournalPast.OffsetAtAsync(all[^1].RecordedAt.AddYears(1), default)).Should().Be(all[^1].Offset);
    }

    [Fact]
    public async Task An_event_is_found_by_its_place()
    {
        var appended = await Journal.AppendedAsync(Some.Request(Some.Stream(), count: 3));

        var found = await JournalPast.FindAsync(appended.Last, default);

        found.Should().NotBeNull();
        found!.Offset.Should().Be(appended.Last);
        found.Version.Should().Be(new StreamVersion(3));
        (await JournalPast.FindAsync(Offset.Start, default)).Should().BeNull();
        (await JournalPast.FindAsync(new(long.MaxValue), default)).Should().BeNull();
    }

    [Fact]
    public async Task A_moment_of_the_market_is_found_the_same_way()
    {
        var feed = Some.Stream("feed");
        var epoch = (await Market.ClaimAsync(feed, default)).Epoch;
        var before = await Market.HeadAsync(default);
        for (var i = 0; i < Appends; i++)
        {
            await Market.AppendAsync(feed, epoch, Some.Ticks(Seeded.Random(i), 1 + (i * 7)), default);
        }

        var blocks = new List<TickBlock>();
        await foreach (var block in Market.ReadAsync(before, default))
        {
            blocks.Add(block);
        }

        foreach (var moment in blocks.Select(b => b.RecordedAt).SelectMany(Around).Distinct())
        {
            var expected = blocks.LastOrDefault(b => b.RecordedAt <= moment)?.Last ?? before;
            (await MarketPast.OffsetAtAsync(moment, default)).Should().Be(expected);
        }
    }

    [Fact]
    public async Task The_newest_tick_of_a_symbol_is_the_one_a_reader_from_the_start_would_keep()
    {
        var random = Seeded.Random(5);
        StreamName[] feeds = [Some.Stream("feed"), Some.Stream("feed")];
        var epochs = new[]
        {
            (await Market.ClaimAsync(feeds[0], default)).Epoch,
            (await Market.ClaimAsync(feeds[1], default)).Epoch,
        };
        var written = new List<(StreamName Feed, Offset Offset, Tick Tick)>();
        var seldom = new Tick(new("RARE"), Price.From(2m), Price.From(3m), 1);
        for (var i = 0; i < Appends; i++)
        {
            var which = random.Next(2);
            Tick[] ticks = [.. i == 3 ? [seldom] : Array.Empty<Tick>(), .. Some.Ticks(random, random.Next(1, 50))];
            var outcome = await Market.AppendAsync(feeds[which], epochs[which], ticks, default);
            var first = ((AppendOutcome.Appended)outcome).Last.Value - ticks.Length + 1;
            written.AddRange(ticks.Select((tick, at) => (feeds[which], new Offset(first + at), tick)));
        }

        SymbolName[] symbols = [new("SYM000"), new("SYM002"), new("RARE"), new("NEVER"), new("SYM")];
        for (var trial = 0; trial < 60; trial++)
        {
            var upTo = written[random.Next(written.Count)].Offset;
            foreach (var feed in feeds)
            {
                foreach (var symbol in symbols)
                {
                    var expected = written.LastOrDefault(w =>
                        w.Feed == feed && w.Tick.Symbol == symbol && w.Offset <= upTo
                    );
                    var found = await MarketPast.NewestAsync(feed, symbol, upTo, default);
                    found?.Offset.Should().Be(expected.Offset);
                    found?.Tick.Should().Be(expected.Tick);
                    (found is null).Should().Be(expected.Feed == default);
                }
            }
        }
    }

    private static DateTimeOffset[] Around(DateTimeOffset moment) =>
        [moment.AddMicroseconds(-1), moment, moment.AddMicroseconds(1)];
}

public sealed class The_past_in_memory : HistoryContract
{
    protected override IEventLog Journal { get; } = new InMemoryEventLog(TimeProvider.System);

    protected override ITickLog Market { get; } = new InMemoryTickLog(TimeProvider.System);
}

public sealed class The_past_on_PostgreSQL(OpenLogs open) : HistoryContract, IClassFixture<OpenLogs>
{
    protected override IEventLog Journal => open.Logs.Journal;

    protected override ITickLog Market => open.Logs.Market;
}
