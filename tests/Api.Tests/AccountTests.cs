using System.Net;
using System.Net.Http.Headers;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class AccountTests(LiveService service)
{
    private const string Stranger = "55555555-5555-4555-8555-555555555555";

    [Fact]
    public async Task The_account_shows_balance_equity_and_margin_that_add_up()
    {
        var answer = await Eventually.Get(async () =>
        {
            var account = await (await service.Trader().GetAsync("/account")).JsonAsync();
            return account["equity"] is null ? null : account;
        });

        answer["accountId"]!.GetValue<string>().Should().Be(LiveService.Account);
        answer["currency"]!.GetValue<string>().Should().Be("USD");
        answer["leverage"]!.GetValue<decimal>().Should().Be(100m);
        answer["isDemo"]!.GetValue<bool>().Should().BeTrue();
        answer["_cache"]!.GetValue<bool>().Should().BeTrue();
        var written = DateTimeOffset.FromUnixTimeMilliseconds(answer["_cacheTimestamp"]!.GetValue<long>());
        written.Should().BeCloseTo(TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(5));
        var equity = answer["equity"]!.GetValue<decimal>();
        equity.Should().Be(answer["balance"]!.GetValue<decimal>() + answer["unrealizedProfit"]!.GetValue<decimal>());
        answer["freeMargin"]!.GetValue<decimal>().Should().Be(equity - answer["usedMargin"]!.GetValue<decimal>());
        answer["missing"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task The_positions_are_those_of_the_account()
    {
        var answer = await (await service.Trader().GetAsync("/positions")).JsonAsync();

        var positions = answer["positions"]!.AsArray();
        positions.Select(one => one!["symbol"]!.GetValue<string>()).Should().Contain("EURUSD").And.Contain("XAUUSD");
        var first = positions.First(one => one!["symbol"]!.GetValue<string>() == "EURUSD")!;
        first["side"]!.GetValue<string>().Should().Be("buy");
        first["volume"]!.GetValue<decimal>().Should().Be(10_000m);
        first["entryPrice"]!.GetValue<decimal>().Should().BePositive();
        answer["_cache"]!.GetValue<bool>().Should().BeTrue();
    }

    [Theory]
    [InlineData("/account")]
    [InlineData("/positions")]
    [InlineData("/symbols")]
    public async Task Another_user_sees_nothing_of_it(string path) =>
        await (await service.User(Stranger).GetAsync(path)).ShouldFailAsync(HttpStatusCode.NotFound, "NO_ACCOUNT");

    [Theory]
    [InlineData("/account?userId=11111111-1111-4111-8111-111111111111")]
    [InlineData("/account?userId=trader@example.com")]
    public async Task A_user_id_sent_by_a_client_counts_for_nothing(string path) =>
        await (await service.User(Stranger).GetAsync(path)).ShouldFailAsync(HttpStatusCode.NotFound, "NO_ACCOUNT");

    [Fact]
    public async Task What_the_client_has_already_is_not_sent_again()
    {
        using var client = service.Trader();
        var first = await client.GetAsync("/symbols");
        first.Headers.ETag!.IsWeak.Should().BeTrue();
        first.Headers.CacheControl!.Private.Should().BeTrue();

        foreach (var tag in (string[])[first.Headers.ETag.ToString(), $"\"other\", {first.Headers.ETag}", "*"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/symbols");
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            var second = await client.SendAsync(request);
            second.StatusCode.Should().Be(HttpStatusCode.NotModified, tag);
            second.Headers.ETag.Should().Be(first.Headers.ETag);
            (await second.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
        }

        using var changed = new HttpRequestMessage(HttpMethod.Get, "/symbols");
        changed.Headers.IfNoneMatch.Add(new EntityTagHeaderValue("\"something-else\"", isWeak: true));
        (await client.SendAsync(changed)).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_symbols_are_those_the_broker_offers()
    {
        var answer = await (await service.Trader().GetAsync("/symbols")).JsonAsync();

        var symbols = answer["symbols"]!.AsArray();
        symbols.Count.Should().BeGreaterThanOrEqualTo(100);
        var pair = symbols.Single(one => one!["symbol"]!.GetValue<string>() == "EURUSD")!;
        pair["digits"]!.GetValue<int>().Should().Be(5);
        pair["lotSize"]!.GetValue<decimal>().Should().Be(100_000m);
    }
}
