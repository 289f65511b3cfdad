using System.Net;
using FluentAssertions;
using Trading.Api.Market;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class MarketTests(LiveService service)
{
    [Fact]
    public async Task Prices_are_those_of_the_symbols_that_tick()
    {
        await Eventually.Be(async () => (await PricesAsync("/prices?symbols=eur_usd,XAU/USD")) == 2);

        var answer = await (await service.Trader().GetAsync("/prices?symbols=EURUSD")).JsonAsync();
        answer["environment"]!.GetValue<string>().Should().Be("demo");
        var price = answer["prices"]!.AsArray().Should().ContainSingle().Which!;
        price["symbol"]!.GetValue<string>().Should().Be("EURUSD");
        price["bid"]!.GetValue<decimal>().Should().BePositive();
        price["ask"]!.GetValue<decimal>().Should().BeGreaterThanOrEqualTo(price["bid"]!.GetValue<decimal>());
        price["offset"]!.GetValue<long>().Should().BePositive();
    }

    [Fact]
    public async Task Prices_may_be_asked_for_with_the_key_of_the_bridge() =>
        (await service.Operator().GetAsync("/prices")).StatusCode.Should().Be(HttpStatusCode.OK);

    [Fact]
    public async Task Prices_are_not_for_strangers_unless_configured_so() =>
        await (await service.Anonymous().GetAsync("/prices")).ShouldFailAsync(
            HttpStatusCode.Unauthorized,
            "INVALID_JWT"
        );

    [Theory]
    [InlineData("/prices?symbols=NOSUCH", "symbols")]
    [InlineData("/candles/NOSUCH", "symbol")]
    [InlineData("/candles/%27%3B--", "symbol")]
    public async Task An_unknown_symbol_is_told(string path, string field) =>
        await (await service.Trader().GetAsync(path)).ShouldFailAsync(HttpStatusCode.NotFound, "UNKNOWN_SYMBOL", field);

    [Fact]
    public async Task Candles_hold_the_ticks_so_far()
    {
        var candles = await Eventually.Get(async () =>
        {
            var answer = await (await service.Trader().GetAsync("/candles/EURUSD?timeframe=m5&count=10")).JsonAsync();
            return answer.AsArray().Count == 0 ? null : answer.AsArray();
        });

        var candle = candles[0]!;
        (candle["time"]!.GetValue<long>() % 300).Should().Be(0);
        candle["high"]!.GetValue<decimal>().Should().BeGreaterThanOrEqualTo(candle["low"]!.GetValue<decimal>());
        candle["volume"]!.GetValue<long>().Should().BePositive();
    }

    [Theory]
    [InlineData("eurusd")]
    [InlineData("EUR_USD")]
    [InlineData("EUR%2FUSD")]
    public async Task A_symbol_may_be_written_in_each_usual_way(string symbol) =>
        (await service.Trader().GetAsync($"/candles/{symbol}")).StatusCode.Should().Be(HttpStatusCode.OK);

    [Theory]
    [InlineData("?timeframe=M2", "timeframe")]
    [InlineData("?count=0", "count")]
    [InlineData("?count=5001", "count")]
    [InlineData("?count=ten", "count")]
    [InlineData("?from=yesterday", "from")]
    [InlineData("?from=1&from=2", "from")]
    [InlineData("?from=1.5", "from")]
    [InlineData("?from=10:00", "from")]
    [InlineData("?from=01/02/2026", "from")]
    [InlineData("?to=2026-01-01%00", "to")]
    [InlineData("?to=-1", "to")]
    [InlineData("?from=2000&to=1000", "from")]
    public async Task A_wrong_argument_is_named(string query, string field) =>
        await (await service.Trader().GetAsync($"/candles/EURUSD{query}")).ShouldFailAsync(
            HttpStatusCode.BadRequest,
            "VALIDATION_ERROR",
            field
        );

    [Theory]
    [InlineData("1700000000")]
    [InlineData("1700000000000")]
    [InlineData("2023-11-14T22:13:20Z")]
    [InlineData("2023-11-14T23:13:20+01:00")]
    [InlineData("2023-11-14 22:13:20")]
    public void A_moment_may_be_written_in_each_usual_way(string text) =>
        TimeArgument.Read(text).Should().Be(1_700_000_000_000);

    private async Task<int> PricesAsync(string path) =>
        (await (await service.Trader().GetAsync(path)).JsonAsync())["prices"]!.AsArray().Count;
}
