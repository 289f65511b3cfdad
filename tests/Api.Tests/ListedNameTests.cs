using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Brokers call their symbols what they like. Whatever is listed can be subscribed, priced and charted.</summary>
[Collection(SharedLiveService.Name)]
public sealed class ListedNameTests(LiveService service)
{
    public static TheoryData<string> Names { get; } = [.. LiveService.OddNames];

    [Fact]
    public async Task Names_are_listed_letter_for_letter()
    {
        var listed = await Eventually.Get(async () =>
        {
            var answer = await service.Trader().GetAsync("/symbols");
            return answer.StatusCode == HttpStatusCode.OK ? (await answer.JsonAsync())["symbols"]!.AsArray() : null;
        });

        listed.Select(one => one!["symbol"]!.GetValue<string>()).Should().Contain(LiveService.OddNames);
        await using var client = await ConnectAsync("/ws");
        var status = await client.AskAsync("""{"type":"connect"}""", "status");
        status["availableSymbols"]!
            .AsArray()
            .Select(one => one!.GetValue<string>())
            .Should()
            .Contain(LiveService.OddNames);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_listed_can_be_subscribed_priced_and_charted(string name)
    {
        await using var client = await ConnectAsync("/ws");
        var subscribe = new JsonObject { ["type"] = "subscribe", ["symbols"] = new JsonArray(name) };
        var answer = await client.AskAsync(subscribe.ToJsonString(), "subscriptions");
        NamesIn(answer["symbols"]!).Should().Equal(name);
        (await client.UntilAsync("tick"))["symbol"]!.GetValue<string>().Should().Be(name);

        var escaped = Uri.EscapeDataString(name);
        await using var single = await ConnectAsync($"/ws/prices/{escaped}");
        (await single.UntilAsync("tick"))["symbol"]!.GetValue<string>().Should().Be(name);

        var price = await Eventually.Get(async () =>
            (await (await service.Trader().GetAsync($"/prices?symbols={escaped}")).JsonAsync())["prices"]!
                .AsArray()
                .SingleOrDefault()
        );
        price["symbol"]!.GetValue<string>().Should().Be(name);
        await Eventually.Be(async () => (await CandlesAsync(escaped)).Count > 0);

        var left = await client.AskAsync(
            new JsonObject { ["type"] = "unsubscribe", ["symbol"] = name }.ToJsonString(),
            "subscriptions"
        );
        left["symbols"]!.AsArray().Should().BeEmpty();
    }

    [Fact]
    public async Task A_name_with_a_slash_is_found_in_two_segments_too()
    {
        (await service.Trader().GetAsync("/candles/EUR/CHF")).StatusCode.Should().Be(HttpStatusCode.OK);
        await using var single = await ConnectAsync("/ws/prices/EUR/CHF");
        (await single.UntilAsync("tick"))["symbol"]!.GetValue<string>().Should().Be("EUR/CHF");
    }

    [Fact]
    public async Task Several_names_are_asked_for_together_and_commas_do_not_part_a_name_alone()
    {
        await using var client = await ConnectAsync("/ws");
        foreach (var name in (string[])["BRK,B", "GBPUSD_SB", "US30.cash"])
        {
            await client.SendAsync(new JsonObject { ["type"] = "subscribe", ["symbol"] = name }.ToJsonString());
            await client.UntilAsync("tick", one => one["symbol"]!.GetValue<string>() == name);
        }

        await Eventually.Be(async () =>
            (await (await service.Trader().GetAsync("/prices?symbols=gbpusd_sb,US30.CASH&symbols=BRK,B")).JsonAsync())[
                "prices"
            ]!
                .AsArray()
                .Select(one => one!["symbol"]!.GetValue<string>())
                .SequenceEqual(["BRK,B", "GBPUSD_SB", "US30.cash"])
        );
    }

    [Fact]
    public async Task A_position_in_such_a_symbol_is_held_under_its_name_and_has_a_worth()
    {
        var account = long.Parse(LiveService.Account);
        var outcome = service.Sandbox.Control.PlaceOrder(
            account,
            new()
            {
                Symbol = "GBPUSD_SB",
                Buy = true,
                Volume = 100_000,
            }
        );
        outcome.Accepted.Should().BeTrue(outcome.Description);

        var position = await Eventually.Get(async () =>
            (await (await service.Trader().GetAsync("/positions")).JsonAsync())["positions"]!
                .AsArray()
                .FirstOrDefault(one =>
                    one!["symbol"]!.GetValue<string>() == "GBPUSD_SB" && one["currentPrice"] is not null
                )
        );

        position["currentPrice"]!.GetValue<decimal>().Should().BePositive();
        var held = service.Sandbox.Control.Account(account).Positions.Single(one => one.Symbol == "GBPUSD_SB");
        service.Sandbox.Control.ClosePosition(account, held.PositionId, null).Accepted.Should().BeTrue();
    }

    private async Task<JsonArray> CandlesAsync(string escaped)
    {
        var answer = await service.Trader().GetAsync($"/candles/{escaped}");
        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        return (await answer.JsonAsync()).AsArray();
    }

    private static IEnumerable<string> NamesIn(JsonNode names) =>
        names.AsArray().Select(one => one!.GetValue<string>());

    private Task<SocketClient> ConnectAsync(string path) =>
        SocketClient.ConnectAsync(service.Address, path, Tokens.For(LiveService.UserId));
}
