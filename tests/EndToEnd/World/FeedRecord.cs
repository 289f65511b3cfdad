using FluentAssertions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore;
using Trading.Sandbox.CTrader.Control;

namespace Trading.EndToEnd.World;

/// <summary>What both logs say about the demo feed.</summary>
internal sealed class FeedRecord
{
    private readonly List<RecordedEvent> _events = [];

    /// <summary>Ticks as they came.</summary>
    public List<Tick> Live { get; } = [];

    /// <summary>Ticks that were asked for afterwards.</summary>
    public List<Tick> Late { get; } = [];

    /// <summary>Reads both logs from their beginnings.</summary>
    public static async Task<FeedRecord> ReadAsync(PostgresLogs logs)
    {
        var record = new FeedRecord();
        var feed = MarketStreams.FeedOf(BrokerEnvironment.Demo);
        await foreach (var recorded in logs.Journal.ReadStreamAsync(feed, StreamVersion.None, default))
        {
            record._events.Add(recorded);
        }

        await foreach (var block in logs.Market.ReadAsync(Offset.Start, default))
        {
            (MarketStreams.IsBackfill(block.Stream) ? record.Late : record.Live).AddRange(block.Ticks.Span);
        }

        return record;
    }

    public IReadOnlyList<T> Of<T>() => [.. _events.Select(recorded => recorded.Decode()).OfType<T>()];

    /// <summary>Every range of every hole is filled, and there is at least one.</summary>
    public bool IsWhole(int holes)
    {
        var ranges = Of<FeedHoleClosed>().SelectMany(closed => closed.Ranges, (closed, range) => (closed.Hole, range));
        var filled = Of<TicksBackfilled>().Select(one => (one.Hole, one.Symbol, one.ToMs)).ToHashSet();
        return Of<FeedHoleOpened>().Count >= holes
            && Of<FeedHoleClosed>().Count == Of<FeedHoleOpened>().Count
            && ranges.All(one => filled.Contains((one.Hole, one.range.Symbol, one.range.ToMs)));
    }

    /// <summary>The time between the last tick that came before a hole and the word of the hole in the journal.</summary>
    public TimeSpan SilenceBefore(FeedHoleOpened hole)
    {
        var opened = _events.First(recorded => recorded.Decode() is FeedHoleOpened one && one.Hole == hole.Hole);
        var last = hole.Symbols.Max(symbol => symbol.TimestampMs);
        Live.Where(tick => tick.TimestampMs <= opened.RecordedAt.ToUnixTimeMilliseconds())
            .Max(tick => tick.TimestampMs)
            .Should()
            .Be(last, "the hole begins with the last tick that came");
        return opened.RecordedAt - DateTimeOffset.FromUnixTimeMilliseconds(last);
    }

    /// <summary>Asserts that every tick that the broker told from the first one on is in the log exactly once, live or late.
    /// </summary>
    public void HasEveryTickOnce(SandboxControl broker, params string[] symbols)
    {
        foreach (var symbol in symbols)
        {
            var recorded = Live.Concat(Late)
                .Where(tick => tick.Symbol.Value == symbol)
                .Select(tick => (tick.TimestampMs, Bid: tick.Bid.ToDecimal(), Ask: tick.Ask.ToDecimal()))
                .Order()
                .ToArray();
            var told = broker
                .Ticks(symbol, recorded[0].TimestampMs, recorded[^1].TimestampMs)
                .Select(quote => (quote.Time, quote.Bid, quote.Ask))
                .ToArray();
            recorded.Should().OnlyHaveUniqueItems("no tick is recorded twice");
            told.Except(recorded).Should().BeEmpty($"no tick of {symbol} is lost");
            recorded.Except(told).Should().BeEmpty($"no tick of {symbol} is made up");
        }
    }
}
