using System.Net;
using FluentAssertions;
using Trading.Api.Configuration;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A service with small limits.</summary>
public sealed class NarrowService : Service
{
    protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
        Task.FromResult(
            settings with
            {
                Limits = new() { RequestsPerMinute = 600, SocketsPerClient = 2 },
                CorsOrigins = ["https://app.example.com"],
                PublicTicks = true,
            }
        );
}

public sealed class LimitTests(NarrowService service) : IClassFixture<NarrowService>
{
    [Fact]
    public async Task A_user_who_asks_too_often_is_told_when_to_come_back_and_others_are_not()
    {
        using var eager = service.User("13131313-1313-4313-8313-131313131313");
        HttpResponseMessage answer;
        var asked = 0;
        do
        {
            answer = await eager.GetAsync("/account");
            asked++;
        } while (answer.StatusCode == HttpStatusCode.NotFound && asked < 2_000);

        await answer.ShouldFailAsync(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
        answer.Headers.RetryAfter!.Delta.Should().BeGreaterThan(TimeSpan.Zero);
        asked.Should().BeGreaterThan(600);
        using var calm = service.User("14141414-1414-4414-8414-141414141414");
        (await calm.GetAsync("/account")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_client_may_open_only_so_many_sockets_and_a_closed_one_makes_room()
    {
        var token = Tokens.For("15151515-1515-4515-8515-151515151515");
        await using var first = await SocketClient.ConnectAsync(service.Address, "/ws/account", token);
        await using var second = await SocketClient.ConnectAsync(service.Address, "/ws/account", token);
        var third = () => SocketClient.ConnectAsync(service.Address, "/ws/account", token);

        (await third.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.TooManyRequests);
        await first.CloseAsync();
        await TestKit.Eventually.Be(async () =>
        {
            try
            {
                await using var next = await third();
                return true;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Public_ticks_need_no_credentials()
    {
        await using var client = await SocketClient.ConnectAsync(service.Address, "/ws");

        var status = await client.AskAsync("""{"type":"connect"}""", "status");
        status["status"]!.GetValue<string>().Should().Be("ws-open");
    }

    [Theory]
    [InlineData("https://app.example.com", true)]
    [InlineData("https://evil.example.com", false)]
    public async Task Only_listed_origins_may_call_from_a_browser(string origin, bool allowed)
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/account");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "GET");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization");

        var answer = await service.Anonymous().SendAsync(preflight);

        answer.Headers.Contains("Access-Control-Allow-Origin").Should().Be(allowed);
    }
}
