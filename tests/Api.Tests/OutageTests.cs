using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

public sealed class OutageTests
{
    [Fact]
    public async Task A_database_that_goes_away_and_comes_back_needs_nobody_to_do_anything()
    {
        var service = new LiveService();
        await service.InitializeAsync();
        using var anyone = service.Anonymous();
        using var trader = service.Trader();
        await using var ticks = await SocketClient.ConnectAsync(service.Address, "/ws", Tokens.For(LiveService.UserId));
        await ticks.SendAsync("""{"type":"subscribe","symbol":"EURUSD"}""");
        await ticks.UntilAsync("tick");

        await CutAsync(service.Database);

        await Eventually.Be(
            async () =>
                await StatusAsync("/health/ready") == HttpStatusCode.ServiceUnavailable
                && await ProblemsAsync() is { } problems
                && problems.Contains("database"),
            TimeSpan.FromSeconds(5)
        );
        (await StatusAsync("/health/live")).Should().Be(HttpStatusCode.OK);
        var answer = await trader.GetAsync("/account");
        await answer.ShouldFailAsync(HttpStatusCode.ServiceUnavailable, "SERVICE_UNAVAILABLE");

        await using var account = await SocketClient.ConnectAsync(
            service.Address,
            "/ws/account",
            Tokens.For(LiveService.UserId)
        );
        await account.UntilClosedAsync();
        account.CloseStatus.Should().Be((WebSocketCloseStatus)1013);

        await TestCluster.ExecuteAsync($"ALTER DATABASE {service.Database.Name} ALLOW_CONNECTIONS true");

        var back = TimeSpan.FromSeconds(30);
        await Eventually.Be(async () => await StatusAsync("/health/ready") == HttpStatusCode.OK, back);
        await Eventually.Be(async () => (await trader.GetAsync("/account")).StatusCode == HttpStatusCode.OK, back);
        await Eventually.Be(
            async () =>
                (await (await service.Operator().GetAsync($"/api/websocket-status/{LiveService.UserId}")).JsonAsync())[
                    "connected"
                ]!.GetValue<bool>(),
            back
        );
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await ticks.UntilAsync("tick", one => one["timestamp"]!.GetValue<long>() > now);
        await service.DisposeAsync();

        async Task<HttpStatusCode> StatusAsync(string path) => (await anyone.GetAsync(path)).StatusCode;

        async Task<string> ProblemsAsync() =>
            (await (await service.Operator().GetAsync("/health/ready")).JsonAsync())["problems"]!.ToJsonString();
    }

    private static async Task CutAsync(PostgresDatabase database)
    {
        await TestCluster.ExecuteAsync($"ALTER DATABASE {database.Name} ALLOW_CONNECTIONS false");
        await TestCluster.ExecuteAsync(
            $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.Name}'"
        );
    }
}
