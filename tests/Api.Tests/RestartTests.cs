using FluentAssertions;
using Xunit;

namespace Trading.Api.Tests;

public sealed class RestartTests
{
    [Fact]
    public async Task After_a_restart_nothing_says_connected_before_the_new_link_stands()
    {
        var service = new LiveService();
        await service.InitializeAsync();
        (await SaysConnectedAsync(service)).Should().NotBeEmpty("before the restart the session is live");
        using var former = service.Trader();
        var version = (await former.GetAsync("/ctrader/settings")).Headers.ETag!;
        await service.Sandbox.DisposeAsync();

        await service.RestartAsync();

        using var trader = service.Trader();
        trader.DefaultRequestHeaders.IfNoneMatch.Add(version);
        string session;
        do
        {
            (await SaysConnectedAsync(service)).Should().BeEmpty();
            var answer = await trader.GetAsync("/ctrader/settings");
            ((int)answer.StatusCode).Should().Be(200, "what a client keeps of the time before is not true any more");
            session = (await answer.JsonAsync())["session"]!.GetValue<string>();
        } while (session is "connecting");

        session.Should().StartWith("reconnecting", "the broker is not there");
        await service.DisposeAsync();
    }

    /// <summary>Everything that calls the session connected now.</summary>
    private static async Task<List<string>> SaysConnectedAsync(LiveService service)
    {
        using var bridge = service.Operator();
        using var anyone = service.Anonymous();
        using var trader = service.Trader();
        var status = await (await bridge.GetAsync($"/api/websocket-status/{LiveService.UserId}")).JsonAsync();
        var list = await (await bridge.GetAsync("/api/sessions")).JsonAsync();
        var settings = await (await trader.GetAsync("/ctrader/settings")).JsonAsync();
        await using var ticks = await SocketClient.ConnectAsync(service.Address, "/ws", Tokens.For(LiveService.UserId));
        var word = await ticks.AskAsync("""{"type":"connect"}""", "status");
        var says = new List<string>();
        foreach (
            var (where, connected) in new[]
            {
                ("status", status["connected"]!.GetValue<bool>()),
                ("list", list["sessions"]!.AsArray().Any(one => one!["isConnected"]!.GetValue<bool>())),
                ("health", await ActiveAsync(anyone) > 0),
                ("health of the operator", await ActiveAsync(bridge) > 0),
                ("settings", settings["session"]!.GetValue<string>() == "connected"),
                ("socket", word["status"]!.GetValue<string>() == "connected"),
            }
        )
        {
            if (connected)
            {
                says.Add(where);
            }
        }

        return says;
    }

    private static async Task<int> ActiveAsync(HttpClient client) =>
        (await (await client.GetAsync("/health")).JsonAsync())["activeSessions"]!.GetValue<int>();
}
