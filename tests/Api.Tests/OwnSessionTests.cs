using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>The bridge as the customer's page calls it: with the token of the user who is signed in.</summary>
[Collection(SharedLiveService.Name)]
public sealed class OwnSessionTests(LiveService service)
{
    private const string Stranger = "36363636-3636-4636-8636-363636363636";

    [Fact]
    public async Task A_user_starts_sees_and_stops_their_own_session()
    {
        const string Id = "37373737-3737-4737-8737-373737373737";
        const string Email = "Own.Session@example.com";
        await service.GrantAsync(UserKey.Of(Id), Id, Email, "trader-2-access-token", ["5150712"]);
        using var user = service.User(Id, Email);
        var journal = service.Running.Services.GetRequiredService<IEventLog>();
        var before = await journal.HeadAsync(default);

        foreach (var name in (string[])[Email, Id, "own.session@EXAMPLE.com"])
        {
            var body = new { userId = name };
            var started = await user.PostAsJsonAsync("/api/start-websocket", body);
            started.StatusCode.Should().Be(HttpStatusCode.OK, await started.Content.ReadAsStringAsync());
            (await started.JsonAsync())["accountId"]!.GetValue<string>().Should().Be("5150712");
            var path = $"/api/websocket-status/{Uri.EscapeDataString(name)}";
            (await (await user.GetAsync(path)).JsonAsync())["connected"]!.GetValue<bool>().Should().BeTrue();

            var stopped = await (await user.PostAsJsonAsync("/api/stop-websocket", body)).JsonAsync();
            stopped["wasConnected"]!.GetValue<bool>().Should().BeTrue();
            (await (await user.GetAsync(path)).JsonAsync())["connected"]!.GetValue<bool>().Should().BeFalse();
        }

        var reads = new List<AuditRead>();
        await foreach (var batch in journal.ReadAsync(before, default))
        {
            reads.AddRange(batch.Select(recorded => recorded.Decode()).OfType<AuditRead>());
        }

        reads
            .SelectMany(read => read.Filters)
            .Should()
            .NotContain(filter => filter.Value == UserKey.Of(Id).Value, "what is one's own is not put on record");
    }

    [Theory]
    [InlineData(LiveService.UserId)]
    [InlineData(LiveService.Email)]
    [InlineData("nobody@example.com")]
    public async Task Nobody_starts_sees_or_stops_another_s(string other)
    {
        using var stranger = service.User(Stranger, "stranger@example.com");
        var body = new { userId = other };

        HttpResponseMessage[] answers =
        [
            await stranger.PostAsJsonAsync("/api/start-websocket", body),
            await stranger.PostAsJsonAsync("/api/stop-websocket", body),
            await stranger.GetAsync($"/api/websocket-status/{other}"),
        ];

        foreach (var answer in answers)
        {
            await answer.ShouldFailAsync(HttpStatusCode.Forbidden, "ROLE_REQUIRED", "userId");
        }

        var status = await (
            await service.Operator().GetAsync($"/api/websocket-status/{LiveService.UserId}")
        ).JsonAsync();
        status["connected"]!.GetValue<bool>().Should().BeTrue("nothing was stopped");
    }

    [Fact]
    public async Task A_user_who_has_not_connected_the_broker_is_told_so_and_has_a_status()
    {
        using var user = service.User(Stranger, "stranger@example.com");
        var body = new { userId = "stranger@example.com" };

        await (await user.PostAsJsonAsync("/api/start-websocket", body)).ShouldFailAsync(
            (HttpStatusCode)428,
            "CTRADER_NOT_CONNECTED"
        );
        var status = await (await user.GetAsync("/api/websocket-status/stranger@example.com")).JsonAsync();
        status["connected"]!.GetValue<bool>().Should().BeFalse();
        status["accountId"].Should().BeNull();
    }

    [Fact]
    public async Task An_ended_token_is_told_so_and_the_list_of_all_stays_the_operators()
    {
        using var late = service.Bearing(Tokens.For(Stranger, life: TimeSpan.FromMinutes(-5)));
        await (await late.GetAsync($"/api/websocket-status/{Stranger}")).ShouldFailAsync(
            HttpStatusCode.Unauthorized,
            "INVALID_JWT"
        );

        using var user = service.User(Stranger);
        await (await user.GetAsync("/api/sessions")).ShouldFailAsync(HttpStatusCode.Unauthorized, "INVALID_API_KEY");
    }
}
