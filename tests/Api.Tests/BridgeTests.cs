using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed class BridgeTests(LiveService service)
{
    [Theory]
    [InlineData(LiveService.UserId)]
    [InlineData("trader@example.com")]
    [InlineData(" TRADER@example.com ")]
    public async Task The_status_of_a_live_session_has_the_customers_shape(string userId)
    {
        var answer = await (
            await service.Operator().GetAsync($"/api/websocket-status/{Uri.EscapeDataString(userId)}")
        ).JsonAsync();

        string[] names = ["connected", "accountId", "lastUpdate", "balance", "equity", "positions"];
        answer.AsObject().Select(field => field.Key).Should().Equal(names);
        answer["connected"]!.GetValue<bool>().Should().BeTrue();
        answer["accountId"]!.GetValue<string>().Should().Be(LiveService.Account);
        answer["balance"]!.GetValue<decimal>().Should().BePositive();
        answer["positions"]!.GetValue<int>().Should().BeGreaterThanOrEqualTo(2);
    }

    [Theory]
    [InlineData("/health", "timestamp")]
    [InlineData("/api/sessions", "lastUpdate")]
    [InlineData("/api/websocket-status/" + LiveService.UserId, "lastUpdate")]
    public async Task Times_are_written_as_the_customers_clients_know_them(string path, string field)
    {
        using var bridge = service.Operator();
        using var anyone = service.Anonymous();
        foreach (var client in path == "/health" ? (HttpClient[])[bridge, anyone] : [bridge])
        {
            var answer = await (await client.GetAsync(path)).JsonAsync();

            var told = path == "/api/sessions" ? answer["sessions"]![0]! : answer;
            var time = told[field]!.GetValue<string>();
            time.Should().MatchRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$");
            DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).Year.Should().BeGreaterThan(2000);
        }
    }

    [Fact]
    public async Task A_user_without_a_session_is_not_connected()
    {
        var answer = await (await service.Operator().GetAsync("/api/websocket-status/nobody")).JsonAsync();

        answer["connected"]!.GetValue<bool>().Should().BeFalse();
        answer["accountId"].Should().BeNull();
        answer["balance"].Should().BeNull();
    }

    [Fact]
    public async Task The_list_of_sessions_names_users_by_address()
    {
        var answer = await (await service.Operator().GetAsync("/api/sessions")).JsonAsync();

        var sessions = answer["sessions"]!.AsArray();
        answer["total"]!.GetValue<int>().Should().Be(sessions.Count);
        var mine = sessions.Single(one => one!["accountId"]?.GetValue<string>() == LiveService.Account)!;
        mine["userId"]!.GetValue<string>().Should().Be(LiveService.Email);
        mine["isConnected"]!.GetValue<bool>().Should().BeTrue();
        string[] names = ["userId", "isConnected", "accountId", "lastUpdate", "balance", "positions"];
        mine.AsObject().Select(field => field.Key).Should().Equal(names);
    }

    [Fact]
    public async Task Health_with_the_key_names_the_live_sessions()
    {
        var answer = await (await service.Operator().GetAsync("/health")).JsonAsync();

        answer["activeSessions"]!.GetValue<int>().Should().BePositive();
        answer["sessions"]!.AsArray().Select(one => one!.GetValue<string>()).Should().Contain(LiveService.Email);
        (await (await service.Anonymous().GetAsync("/health")).Content.ReadAsStringAsync())
            .Should()
            .NotContain("xample");
    }

    [Fact]
    public async Task A_session_is_stopped_and_started_again()
    {
        const string Id = "44444444-4444-4444-8444-444444444444";
        await service.GrantAsync(Domain.UserKey.Of(Id), Id, "second@example.com", "trader-2-access-token", ["5150712"]);
        using var bridge = service.Operator();
        var body = new { userId = "second@example.com" };

        var started = await (await bridge.PostAsJsonAsync("/api/start-websocket", body)).JsonAsync();
        started["success"]!.GetValue<bool>().Should().BeTrue();
        started["message"]!.GetValue<string>().Should().Be("WebSocket connection started");
        started["accountId"]!.GetValue<string>().Should().Be("5150712");
        started["isDemo"]!.GetValue<bool>().Should().BeTrue();

        var stopped = await (await bridge.PostAsJsonAsync("/api/stop-websocket", body)).JsonAsync();
        stopped["success"]!.GetValue<bool>().Should().BeTrue();
        stopped["message"]!.GetValue<string>().Should().Be("WebSocket connection stopped");
        stopped["wasConnected"]!.GetValue<bool>().Should().BeTrue();
        var status = await (await bridge.GetAsync($"/api/websocket-status/{Id}")).JsonAsync();
        status["connected"]!.GetValue<bool>().Should().BeFalse("the answer to a command waits for the read model");

        var again = await (await bridge.PostAsJsonAsync("/api/stop-websocket", body)).JsonAsync();
        again["wasConnected"]!.GetValue<bool>().Should().BeFalse();
        (await bridge.PostAsJsonAsync("/api/start-websocket", body)).StatusCode.Should().Be(HttpStatusCode.OK);
        await Eventually.Be(async () =>
            (await (await bridge.GetAsync($"/api/websocket-status/{Id}")).JsonAsync())["connected"]!.GetValue<bool>()
        );
    }

    [Fact]
    public async Task A_user_nobody_knows_cannot_be_started() =>
        await (
            await service.Operator().PostAsJsonAsync("/api/start-websocket", new { userId = "nobody@example.com" })
        ).ShouldFailAsync(HttpStatusCode.NotFound, "USER_NOT_FOUND", "userId");
}
