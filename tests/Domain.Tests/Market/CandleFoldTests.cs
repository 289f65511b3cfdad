using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Trading.Domain.Market;
using Trading.TestKit;
using Xunit;

namespace Trading.Domain.Tests.Market;

public sealed class CandleFoldTests
{
    private static readonly SymbolName Symbol = new("EURUSD");

    [Fact]
    public void A_candle_opens_with_the_first_bid_closes_with_the_last_and_counts_every_tick()
    {
        var fold = new CandleFold();

        fold.Add(
            [Tick(1.10m, 0), Tick(1.30m, 1), Tick(1.05m, 30_000), Tick(1.20m, 59_999), Tick(1.21m, 60_000)],
            new(1)
        );

        fold.Take()
            .Where(candle => candle.Timeframe == Timeframe.M1)
            .Should()
            .Equal(
                Candle(0, 1.10m, 1.30m, 1.05m, 1.20m, volume: 4, first: 1, last: 4, openedMs: 0, closedMs: 59_999),
                Candle(60_000, 1.21m, 1.21m, 1.21m, 1.21m, volume: 1, first: 5, last: 5, 60_000, 60_000)
            );
    }

    [Fact]
    public void A_late_tick_goes_to_the_candle_of_its_own_time_and_to_its_place_in_it()
    {
        var fold = new CandleFold();

        fold.Add([Tick(1.1m, 59_000), Tick(1.2m, 61_000), Tick(1.0m, 58_000)], new(1));

        var candles = fold.Take();
        candles
            .Where(candle => candle.Timeframe == Timeframe.M1)
            .Should()
            .Equal(
                Candle(0, 1.0m, 1.1m, 1.0m, 1.1m, volume: 2, first: 1, last: 3, openedMs: 58_000, closedMs: 59_000),
                Candle(60_000, 1.2m, 1.2m, 1.2m, 1.2m, volume: 1, first: 2, last: 2, 61_000, 61_000)
            );
        candles.Single(candle => candle.Timeframe == Timeframe.M5).Open.ToDecimal().Should().Be(1.0m);
    }

    [Fact]
    public void What_was_taken_is_not_given_again()
    {
        var fold = new CandleFold();
        fold.Add([Tick(1.1m, 0)], new(1));
        fold.Take();

        fold.Take().Should().BeEmpty();
    }

    [Fact]
    public void Every_candle_of_a_recorded_day_equals_an_independent_computation()
    {
        var ticks = RecordedTicks.Day();
        var fold = new CandleFold();

        fold.Add(ticks.ToArray(), new(1));

        Comparable(fold.Take()).Should().Equal(Comparable(NaiveCandles.Of(ticks)));
    }

    [Fact]
    public void However_ticks_are_cut_into_blocks_the_merged_candles_are_the_same() =>
        Check.One(
            Seeded.Config(100),
            Prop.ForAll(
                Seeded.From(random => (Ticks: RecordedTicks.Generated(random, 300), random)).ToArbitrary(),
                given =>
                {
                    var whole = new CandleFold();
                    whole.Add(given.Ticks, new(1));
                    whole.Take().ToHashSet().SetEquals(Merged(given.Ticks, given.random).Values).Should().BeTrue();
                }
            )
        );

    [Fact]
    public void Generated_ticks_with_gaps_and_jumps_back_give_the_candles_of_an_independent_computation() =>
        Check.One(
            Seeded.Config(100),
            Prop.ForAll(
                Seeded.From(random => RecordedTicks.Generated(random, 300)).ToArbitrary(),
                ticks =>
                {
                    var fold = new CandleFold();
                    fold.Add(ticks, new(1));
                    Comparable(fold.Take()).Should().Equal(Comparable(NaiveCandles.Of(ticks)));
                }
            )
        );

    private static Dictionary<(string, Timeframe, long), Candle> Merged(Tick[] ticks, Random random)
    {
        var merged = new Dictionary<(string, Timeframe, long), Candle>();
        var fold = new CandleFold();
        for (var from = 0; from < ticks.Length; )
        {
            var length = Math.Min(random.Next(1, 40), ticks.Length - from);
            fold.Add(ticks.AsSpan(from, length), new(from + 1));
            foreach (var part in fold.Take())
            {
                var key = (part.Symbol.Value, part.Timeframe, part.OpenTimeMs);
                merged[key] = merged.TryGetValue(key, out var known) ? known.With(part) : part;
            }

            from += length;
        }

        return merged;
    }

    private static IEnumerable<string> Comparable(IEnumerable<Candle> candles) =>
        candles
            .Select(candle =>
                $"{candle.Symbol} {(int)candle.Timeframe} {candle.OpenTimeMs} {candle.Open} {candle.High} {candle.Low} {candle.Close} {candle.Volume}"
            )
            .Order(StringComparer.Ordinal);

    private static IEnumerable<string> Comparable(
        Dictionary<(string Symbol, int Minutes, DateTimeOffset Open), NaiveCandles.Naive> candles
    ) =>
        candles
            .Select(pair =>
                $"{pair.Key.Symbol} {pair.Key.Minutes} {pair.Key.Open.ToUnixTimeMilliseconds()} {pair.Value.Open:0.########} {pair.Value.High:0.########} {pair.Value.Low:0.########} {pair.Value.Close:0.########} {pair.Value.Volume}"
            )
            .Order(StringComparer.Ordinal);

    private static Tick Tick(decimal bid, long timestampMs) =>
        new(Symbol, Price.From(bid), Price.From(bid + 0.001m), timestampMs);

    private static Candle Candle(
        long openTimeMs,
        decimal open,
        decimal high,
        decimal low,
        decimal close,
        long volume,
        long first,
        long last,
        long openedMs,
        long closedMs
    ) =>
        new()
        {
            Symbol = Symbol,
            Timeframe = Timeframe.M1,
            OpenTimeMs = openTimeMs,
            Open = Price.From(open),
            High = Price.From(high),
            Low = Price.From(low),
            Close = Price.From(close),
            Volume = volume,
            OpenedMs = openedMs,
            ClosedMs = closedMs,
            First = new(first),
            Last = new(last),
        };
}
