using System.Net;
using System.Text.Json.Nodes;
using FluentAssertions;
using Trading.Sandbox.CTrader.Control;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class DealStoryTests(LiveService service)
{
    private const string Stranger = "58585858-5858-4858-8858-585858585858";
    private static readonly long Number = long.Parse(
        LiveService.Account,
        System.Globalization.CultureInfo.InvariantCulture
    );

    [Fact]
    public async Task A_deal_tells_its_cause_its_events_the_brokers_words_and_the_time_at_each_place()
    {
        var began = TimeProvider.System.GetUtcNow().UtcDateTime;
        var id = await TradeAsync();

        var story = await StoryAsync(service.Trader(), id);

        story["accountId"]!.GetValue<string>().Should().Be(LiveService.Account);
        story["cause"]!["kind"]!.GetValue<string>().Should().Be("broker_report");
        var events = story["events"]!.AsArray();
        var types = events.Select(one => one!["event"]!["type"]!.GetValue<string>().Split('.')[^1]).ToList();
        types.Should().Contain(["OrderAccepted", "OrderFilled", "DealExecuted", "PositionOpened"]);
        events.Select(one => one!["event"]!["offset"]!.GetValue<long>()).Should().BeInAscendingOrder();
        events.Single(one => one!["event"]!["type"]!.GetValue<string>() == "trading.order.v1.DealExecuted")!["event"]![
            "data"
        ]!["dealId"]!
            .GetValue<string>()
            .Should()
            .Be(id);

        var message = story["messages"]![
            events.Single(one => one!["event"]!["type"]!.GetValue<string>() == "trading.order.v1.DealExecuted")![
                "message"
            ]!.GetValue<int>()
        ]!;
        message["type"]!.GetValue<string>().Should().Be("ProtoOAExecutionEvent");
        Convert.FromBase64String(message["body"]!.GetValue<string>()).Should().NotBeEmpty();
        message["readable"]!["deal"]!["dealId"]!.GetValue<string>().Should().Be(id);

        var times = story["times"]!;
        DateTime[] hops =
        [
            times["handledAt"]!.GetValue<DateTime>(),
            times["recordedAt"]!.GetValue<DateTime>(),
            times["projectedAt"]!.GetValue<DateTime>(),
        ];
        // An id holds whole milliseconds.
        hops[0].Should().BeOnOrAfter(began.AddMilliseconds(-1));
        hops.Should().BeInAscendingOrder();
        times["executedAt"]!.GetValue<DateTime>().Should().BeCloseTo(hops[0], TimeSpan.FromMinutes(1));
        times["committedAt"]!.GetValue<DateTime>().Should().Be(hops[1]);
        story["commit"]!["hash"]!.GetValue<string>().Should().HaveLength(64);
    }

    [Fact]
    public async Task A_deal_that_is_not_theirs_looks_to_a_user_as_if_it_were_not_there()
    {
        var id = await TradeAsync();

        foreach (var path in (string[])[id, "1"])
        {
            var answer = await service.User(Stranger).GetAsync($"/api/v1/audit/deals/{path}");
            await answer.ShouldFailAsync(HttpStatusCode.NotFound, "DEAL_NOT_FOUND", "id");
        }
    }

    [Fact]
    public async Task An_auditor_finds_any_deal_and_that_is_on_record()
    {
        var id = await TradeAsync();

        using var client = service.Operator();
        var story = await StoryAsync(client, $"{id}?account={LiveService.Account}&user={LiveService.Email}");

        story["user"]!.GetValue<string>().Should().Be(LiveService.User1.Value);
        var reads = await (
            await client.GetAsync("/api/v1/audit/events?stream=audit-key:operator&type=AuditRead&limit=1000")
        ).JsonAsync();
        reads["events"]!
            .AsArray()
            .Select(one => one!["data"]!)
            .Should()
            .Contain(read =>
                read["route"]!.GetValue<string>() == "GET /api/v1/audit/deals/{id}"
                && read["filters"]!.ToJsonString().Contains($"\"{id}\"")
                && read["filters"]!.ToJsonString().Contains(LiveService.User1.Value)
                && !read.ToJsonString().Contains('@')
            );
    }

    // Opens a position and closes it again, so that the account stays as it was.
    private async Task<string> TradeAsync()
    {
        var before = (await DealsAsync()).Count;
        var placed = service.Sandbox.Control.PlaceOrder(
            Number,
            new TerminalOrder { Symbol = "USDJPY", Volume = 100_000 }
        );
        placed.Accepted.Should().BeTrue();
        var position = service.Sandbox.Control.Account(Number).Positions.Single(one => one.Symbol == "USDJPY");
        service.Sandbox.Control.ClosePosition(Number, position.PositionId).Accepted.Should().BeTrue();
        var deals = await Eventually.Get(async () =>
            await DealsAsync() is { } all && all.Count >= before + 2 ? all : null
        );
        return deals[before]!["data"]!["dealId"]!.GetValue<string>();
    }

    private async Task<JsonArray> DealsAsync() =>
        (await (await service.Trader().GetAsync("/api/v1/audit/events?type=DealExecuted&limit=1000")).JsonAsync())[
            "events"
        ]!.AsArray();

    private static async Task<JsonNode> StoryAsync(HttpClient client, string path)
    {
        // The journal has it; the row of the read model follows.
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/audit/deals/{path}");
        var head = (await client.GetAsync("/api/v1/audit/events?limit=1")).Headers.GetValues("X-Offset").Single();
        request.Headers.Add("X-Min-Offset", head);
        var answer = await client.SendAsync(request);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.JsonAsync();
    }
}
