using FluentAssertions;
using Trading.Sandbox.CTrader.Faults;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A broker that refuses is quoted to the user, not paraphrased.</summary>
public sealed class RefusalTests : IAsyncLifetime
{
    private const string Code = "CONNECTIONS_LIMIT_EXCEEDED";
    private const string Sentence = "Too many connections of this application";
    private readonly LiveService _service = new();

    public Task InitializeAsync() => _service.InitializeAsync();

    public Task DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task The_broker_s_newest_refusal_stands_in_settings_and_status_in_its_own_words()
    {
        using var trader = _service.Trader();
        await Eventually.Be(async () => (await SettingsAsync(trader))["session"]!.GetValue<string>() == "connected");
        var links = _service.Sandbox.Control.Links;
        links.Arm(
            new FaultRule
            {
                Kind = FaultKind.Refuse,
                PayloadType = 2100,
                ErrorCode = Code,
                Description = Sentence,
                Unasked = true,
                Closes = true,
                Count = 0,
            }
        );

        links.Drop();

        await Eventually.Be(
            async () => (await SettingsAsync(trader))["code"]?.GetValue<string>() == Code,
            TimeSpan.FromSeconds(30)
        );
        (await SettingsAsync(trader))["reason"]!.GetValue<string>().Should().Be(Sentence);
        await using var socket = await SocketClient.ConnectAsync(
            _service.Running.Addresses[0],
            "/ws",
            Tokens.For(LiveService.UserId)
        );
        var status = await socket.AskAsync("""{"type":"connect"}""", "status");
        status.ToJsonString().Should().Contain(Sentence).And.Contain(Code);
        links.ClearFaults();
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> SettingsAsync(HttpClient user) =>
        await (await user.GetAsync("/ctrader/settings")).JsonAsync();
}
