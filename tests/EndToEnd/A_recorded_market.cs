using System.Text.Json;
using FluentAssertions;
using Trading.Domain.Logs;
using Trading.EndToEnd.World;
using Trading.EventStore;
using Trading.Sandbox.CTrader;
using Trading.TestKit;
using Xunit;

namespace Trading.EndToEnd;

/// <summary>A recorded day goes through sandbox, TLS, session, market log and projections as fast as they take it.</summary>
public sealed class A_recorded_market
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly IReadOnlyDictionary<string, long> Minutes = new Dictionary<string, long>
    {
        ["M1"] = 1,
        ["M5"] = 5,
        ["M15"] = 15,
        ["M30"] = 30,
        ["H1"] = 60,
        ["H4"] = 240,
        ["D1"] = 1_440,
    };

    [Fact]
    public async Task Is_in_the_log_once_in_order_and_exact_and_prices_and_candles_follow_from_it()
    {
        using var tape = Tape.Load();
        await using var world = await TradingWorld.CreateAsync(
            new()
            {
                Prices = tape.Folder,
                Speed = 0,
                WalkUpdatesPerSecond = 0,
                AlwaysOpen = true,
            }
        );
        world.ConfigureFeed("feed-access-token", 5_150_700);
        await using var service = await world.StartServiceAsync();

        await using (var client = await TickClient.ConnectAsync(service))
        {
            await client.SendAsync(new { type = "connect" });
            await client.UntilAsync(
                "status",
                message => message.GetProperty("status").GetString() == "connected",
                Patience
            );
            await client.SendAsync(new { type = "subscribe", symbols = tape.Symbols.Keys });
            await using var logs = await world.OpenLogsAsync();
            await Eventually.Be(
                async () => (await logs.Market.HeadAsync(CancellationToken.None)).Value >= tape.Count,
                Patience
            );
            await TheLogEquals(tape, logs);
        }

        var trader = await world.ConsentAsync(service, DefaultWorld.Users[1], 5_150_712);
        await PricesFollow(tape, service, trader);
        foreach (var symbol in tape.Symbols.Keys)
        {
            foreach (var timeframe in Minutes.Keys)
            {
                await CandlesFollow(tape, service, trader, symbol, timeframe);
            }
        }

        (await service.StopAsync()).Should().Be(0, service.Output);
    }

    private static async Task TheLogEquals(Tape tape, PostgresLogs logs)
    {
        var recorded = tape.Symbols.Keys.ToDictionary(symbol => symbol, _ => new List<Line>());
        var next = new Offset(1);
        await foreach (var block in logs.Market.ReadAsync(Offset.Start, CancellationToken.None))
        {
            block.First.Should().Be(next);
            next = block.Last.Plus(1);
            foreach (var tick in block.Ticks.ToArray())
            {
                recorded[tick.Symbol.Value].Add(new(tick.TimestampMs, tick.Bid.ToDecimal(), tick.Ask.ToDecimal()));
            }
        }

        next.Value.Should().Be(tape.Count + 1);
        foreach (var (symbol, lines) in tape.Symbols)
        {
            recorded[symbol].SequenceEqual(lines).Should().BeTrue($"every tick of {symbol} is in the log as recorded");
        }
    }

    private static Task PricesFollow(Tape tape, ServiceProcess service, Trader trader) =>
        Eventually.Pass(
            async () =>
            {
                var answer = await trader.ReadAsync(service, "prices");
                answer.Should().NotBeNull();
                var prices = answer!.Value.GetProperty("prices").EnumerateArray().ToDictionary(Symbol);
                foreach (var (symbol, lines) in tape.Symbols)
                {
                    prices.Should().ContainKey(symbol);
                    prices[symbol].GetProperty("bid").GetDecimal().Should().Be(lines[^1].Bid);
                    prices[symbol].GetProperty("ask").GetDecimal().Should().Be(lines[^1].Ask);
                    prices[symbol].GetProperty("timestamp").GetInt64().Should().Be(lines[^1].TimestampMs);
                }
            },
            Patience
        );

    private static async Task CandlesFollow(
        Tape tape,
        ServiceProcess service,
        Trader trader,
        string symbol,
        string timeframe
    )
    {
        var expected = Independent(tape.Symbols[symbol], Minutes[timeframe] * 60_000);
        await Eventually.Pass(
            async () =>
            {
                var answer = await trader.ReadAsync(service, $"candles/{symbol}?timeframe={timeframe}&count=5000");
                answer.Should().NotBeNull();
                var candles = answer!.Value.EnumerateArray().Select(Candle).ToArray();
                candles
                    .SequenceEqual(expected)
                    .Should()
                    .BeTrue($"the {timeframe} candles of {symbol} follow from its ticks");
            },
            Patience
        );
    }

    /// <summary>The candles of the bid, computed the slow and obvious way.</summary>
    private static (long Time, decimal Open, decimal High, decimal Low, decimal Close, long Volume)[] Independent(
        IReadOnlyList<Line> lines,
        long lengthMs
    ) =>
        [
            .. lines
                .GroupBy(line => line.TimestampMs / lengthMs * lengthMs)
                .OrderBy(bucket => bucket.Key)
                .Select(bucket =>
                    (
                        bucket.Key / 1_000,
                        bucket.First().Bid,
                        bucket.Max(line => line.Bid),
                        bucket.Min(line => line.Bid),
                        bucket.Last().Bid,
                        (long)bucket.Count()
                    )
                ),
        ];

    private static (long Time, decimal Open, decimal High, decimal Low, decimal Close, long Volume) Candle(
        JsonElement candle
    ) =>
        (
            candle.GetProperty("time").GetInt64(),
            candle.GetProperty("open").GetDecimal(),
            candle.GetProperty("high").GetDecimal(),
            candle.GetProperty("low").GetDecimal(),
            candle.GetProperty("close").GetDecimal(),
            candle.GetProperty("volume").GetInt64()
        );

    private static string Symbol(JsonElement price) => price.GetProperty("symbol").GetString()!;
}
