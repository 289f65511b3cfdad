using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Tests.Market;
using Trading.EventStore.InMemory;
using Trading.Projections.Candles;
using Trading.Projections.LatestPrices;
using Trading.Projections.Running;
using Trading.Projections.Tests.Kit;
using Trading.TestKit;
using Xunit;

namespace Trading.Projections.Tests;

public sealed class MarketProjectionTests
{
    [Fact]
    public async Task Every_candle_and_latest_price_of_a_recorded_day_equals_an_independent_computation()
    {
        var ticks = RecordedTicks.Day();
        var market = await LogOf(ticks, Seeded.Random(1), 1, 5_000);
        await using var side = await ReadSide.PrepareAsync(market: market);
        side.Run();
        await side.MarketCaughtUpAsync();

        var naive = NaiveCandles.Of(ticks);
        var queries = new CandleQueries(side.Sources);
        foreach (var group in naive.GroupBy(pair => (pair.Key.Symbol, pair.Key.Minutes)))
        {
            var candles = await queries.ListAsync(
                BrokerEnvironment.Demo,
                new(group.Key.Symbol),
                (Timeframe)group.Key.Minutes,
                fromMs: null,
                toMs: null,
                CandleQueries.MaxCount,
                default
            );
            candles
                .Items.Select(view =>
                    (
                        DateTimeOffset.FromUnixTimeMilliseconds(view.Candle.OpenTimeMs),
                        new NaiveCandles.Naive(
                            view.Candle.Open.ToDecimal(),
                            view.Candle.High.ToDecimal(),
                            view.Candle.Low.ToDecimal(),
                            view.Candle.Close.ToDecimal(),
                            view.Candle.Volume
                        )
                    )
                )
                .Should()
                .Equal(group.OrderBy(pair => pair.Key.Open).Select(pair => (pair.Key.Open, pair.Value)));
        }

        var prices = await new PriceQueries(side.Sources).ListAsync(BrokerEnvironment.Demo, default);
        prices
            .Items.Select(price => (price.Symbol, price.Quote.Bid, price.Quote.Ask, price.TimestampMs))
            .Should()
            .BeEquivalentTo(
                ticks
                    .GroupBy(tick => tick.Symbol)
                    .Select(group => group.Last())
                    .Select(tick => (tick.Symbol, tick.Bid, tick.Ask, tick.TimestampMs))
            );
    }

    [Fact]
    public async Task Ticks_asked_for_afterwards_take_their_own_place_in_candles_and_leave_the_last_price_alone()
    {
        var ticks = RecordedTicks.Day();
        var missed = ticks.Skip(20_000).Take(5_000).ToArray();
        var live = ticks.Except(missed).ToArray();
        var market = await LogOf(live, Seeded.Random(1), 1, 5_000);
        await AppendAsync(market, missed, Seeded.Random(6), 1, 700, "backfill-demo");
        await using var side = await ReadSide.PrepareAsync(market: market);
        side.Run(options: new() { MostTicks = 3_000 });
        await side.MarketCaughtUpAsync();

        var naive = NaiveCandles.Of([.. live, .. missed]);
        foreach (var group in naive.GroupBy(pair => (pair.Key.Symbol, pair.Key.Minutes)))
        {
            var candles = await new CandleQueries(side.Sources).ListAsync(
                BrokerEnvironment.Demo,
                new(group.Key.Symbol),
                (Timeframe)group.Key.Minutes,
                fromMs: null,
                toMs: null,
                CandleQueries.MaxCount,
                default
            );
            candles
                .Items.Select(view => (view.Candle.Open.ToDecimal(), view.Candle.Close.ToDecimal(), view.Candle.Volume))
                .Should()
                .Equal(
                    group
                        .OrderBy(pair => pair.Key.Open)
                        .Select(pair => (pair.Value.Open, pair.Value.Close, pair.Value.Volume))
                );
        }

        var prices = await new PriceQueries(side.Sources).ListAsync(BrokerEnvironment.Demo, default);
        prices
            .Items.Select(price => (price.Symbol, price.TimestampMs))
            .Should()
            .BeEquivalentTo(live.GroupBy(tick => tick.Symbol).Select(group => (group.Key, group.Last().TimestampMs)));
        var book = new PriceBook(side.Market, side.Sources, TimeProvider.System, NullLogger<PriceBook>.Instance);
        using var stop = new CancellationTokenSource();
        var running = book.RunAsync(stop.Token);
        await book.Ready.WaitAsync(ReadSide.Patience);
        var last = live.Last();
        await side.GivenTicksAsync("backfill-demo", [last with { Bid = new(1), TimestampMs = last.TimestampMs - 1 }]);
        await Eventually.Be(() => book.Applied.Value == ticks.Count + 1);
        book.Find(BrokerEnvironment.Demo, last.Symbol)!.Quote.Bid.Should().Be(last.Bid);
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Cut_into_any_blocks_and_killed_on_the_way_the_tables_are_the_same()
    {
        var ticks = RecordedTicks.Generated(Seeded.Random(2), 4_000);
        var random = Seeded.Random(3);
        await using var whole = await ReadSide.PrepareAsync(market: await LogOf(ticks, random, 4_000, 4_001));
        await using var cut = await ReadSide.PrepareAsync(market: await LogOf(ticks, random, 1, 60));
        whole.Run();
        cut.Run(options: new() { MostTicks = 40, FirstPause = TimeSpan.FromMilliseconds(1) });

        for (var kill = 0; kill < 10; kill++)
        {
            await cut.ExecuteAsync(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'trading_projector' and datname = current_database()"
            );
        }

        await whole.MarketCaughtUpAsync();
        await cut.MarketCaughtUpAsync();
        (await Untimed(cut)).Should().Be(await Untimed(whole), $"seed {Seeded.Seed}");
    }

    [Fact]
    public async Task Ticks_that_are_in_a_candle_already_are_not_counted_again()
    {
        await using var side = await ReadSide.PrepareAsync();
        using (var first = side.NewSet())
        {
            await AppendAsync(side.Market, RecordedTicks.Generated(Seeded.Random(4), 500), Seeded.Random(5), 1, 50);
            await RunToHeadAsync(first, side);
        }

        var once = await Untimed(side);
        await side.ExecuteAsync("update read.checkpoints set at_offset = 0");
        using var second = side.NewSet();
        await RunToHeadAsync(second, side);

        (await Untimed(side)).Should().Be(once);
    }

    [Fact]
    public async Task Demo_and_live_prices_never_meet()
    {
        await using var side = await ReadSide.StartAsync();
        await side.GivenTicksAsync("feed-demo", [Tick("EURUSD", 1, 60_000)]);
        await side.GivenTicksAsync("feed-live", [Tick("EURUSD", 2, 60_000)]);
        var prices = new PriceQueries(side.Sources);

        (await prices.FindAsync(BrokerEnvironment.Demo, new("EURUSD"), default))!.Quote.Bid.Units.Should().Be(1);
        (await prices.FindAsync(BrokerEnvironment.Live, new("EURUSD"), default))!.Quote.Bid.Units.Should().Be(2);
        (await prices.FindAsync(BrokerEnvironment.Live, new("GBPUSD"), default)).Should().BeNull();
        var candles = await new CandleQueries(side.Sources).ListAsync(
            BrokerEnvironment.Live,
            new("EURUSD"),
            Timeframe.H1,
            null,
            null,
            10,
            default
        );
        candles.Items.Single().Candle.Close.Units.Should().Be(2);
    }

    [Fact]
    public async Task Candles_are_given_oldest_first_newest_kept_when_there_are_too_many()
    {
        await using var side = await ReadSide.StartAsync();
        await side.GivenTicksAsync(
            "feed-demo",
            Enumerable.Range(0, 10).Select(minute => Tick("EURUSD", minute + 1, minute * 60_000L)).ToArray()
        );
        var queries = new CandleQueries(side.Sources);

        async Task<IEnumerable<long>> Opens(long? from, long? to, int count) =>
            (
                await queries.ListAsync(BrokerEnvironment.Demo, new("EURUSD"), Timeframe.M1, from, to, count, default)
            ).Items.Select(view => view.Candle.OpenTimeMs / 60_000);

        (await Opens(null, null, 3)).Should().Equal(7, 8, 9);
        (await Opens(120_000, 240_000, 100)).Should().Equal(2, 3, 4);
        (await Opens(null, 240_001, 2)).Should().Equal(3, 4);
        (await Opens(600_000, null, 5)).Should().BeEmpty();
        var none = () => Opens(null, null, 0);
        await none.Should().ThrowAsync<ArgumentOutOfRangeException>();
    }

    [Fact]
    public async Task The_price_book_starts_from_the_read_model_and_follows_the_log()
    {
        await using var side = await ReadSide.StartAsync();
        await side.GivenTicksAsync("feed-demo", [Tick("EURUSD", 1, 1), Tick("GBPUSD", 5, 1)]);
        var book = new PriceBook(side.Market, side.Sources, TimeProvider.System, NullLogger<PriceBook>.Instance);
        using var stop = new CancellationTokenSource();
        var running = book.RunAsync(stop.Token);
        await book.Ready.WaitAsync(ReadSide.Patience);
        var before = book.Quotes(BrokerEnvironment.Demo)(new("GBPUSD"));

        var offset = await side.GivenTicksAsync("feed-demo", [Tick("EURUSD", 2, 2), Tick("EURUSD", 3, 3)]);
        await Eventually.Be(() => book.Applied >= offset);

        before!.Value.Bid.Units.Should().Be(5);
        book.Find(BrokerEnvironment.Demo, new("EURUSD"))!.Quote.Bid.Units.Should().Be(3);
        book.Find(BrokerEnvironment.Demo, new("EURUSD"))!.Stamp.Offset.Should().Be(offset);
        book.List(BrokerEnvironment.Demo).Should().HaveCount(2);
        book.Find(BrokerEnvironment.Live, new("EURUSD")).Should().BeNull();
        await stop.CancelAsync();
        await running;
    }

    private static async Task RunToHeadAsync(ProjectionSet set, ReadSide side)
    {
        using var stop = new CancellationTokenSource();
        var head = await side.Market.HeadAsync(default);
        var running = set.RunAsync(stop.Token);
        await Eventually.Be(
            () =>
                set.Health()
                    .Where(one => one.Projection is "candles@2" or "latest_prices@1")
                    .All(one => one.Checkpoint >= head),
            ReadSide.Patience
        );
        await stop.CancelAsync();
        await running;
    }

    private static async Task<InMemoryTickLog> LogOf(IReadOnlyList<Tick> ticks, Random random, int least, int most)
    {
        var log = new InMemoryTickLog(TimeProvider.System);
        await AppendAsync(log, ticks, random, least, most);
        return log;
    }

    private static async Task AppendAsync(
        InMemoryTickLog log,
        IReadOnlyList<Tick> ticks,
        Random random,
        int least,
        int most,
        string stream = "feed-demo"
    )
    {
        var feed = StreamName.Parse(stream);
        var claim = await log.ClaimAsync(feed, default);
        for (var from = 0; from < ticks.Count; )
        {
            var block = ticks.Skip(from).Take(random.Next(least, most)).ToArray();
            await log.AppendAsync(feed, claim.Epoch, block, default);
            from += block.Length;
        }
    }

    // When the log took a block depends on how it was cut.
    private static async Task<string> Untimed(ReadSide side)
    {
        await using var command = side.Owner.CreateCommand(
            """
            select string_agg(line, E'\n' order by line) from (
              select (to_jsonb(t) - 'written_at' - 'updated_at')::text as line from read_tables.candles_2 t
              union all
              select (to_jsonb(t) - 'written_at' - 'updated_at')::text from read_tables.latest_prices_1 t) lines
            """
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static Tick Tick(string symbol, long bid, long timestampMs) =>
        new(new(symbol), new(bid), new(bid + 1), timestampMs);
}
