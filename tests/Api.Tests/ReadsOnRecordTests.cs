using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>Whoever sees what belongs to somebody else is on record, by whatever route.</summary>
[Collection(SharedLiveService.Name)]
public sealed class ReadsOnRecordTests(LiveService service)
{
    /// <summary>Routes that show others' data to a role.</summary>
    private static readonly string[] Recorded =
    [
        "GET /health",
        "GET /api/sessions",
        "GET /api/websocket-status/{userId}",
        "POST /api/start-websocket",
        "POST /api/stop-websocket",
        "GET /account",
        "GET /api/v1/account",
        "GET /positions",
        "GET /api/v1/positions",
        "GET /api/v1/audit/events",
        "GET /api/v1/audit/streams/{stream}",
        "GET /api/v1/audit/deals/{id}",
        "GET /api/v1/audit/proof",
        "GET /api/v1/projections",
    ];

    /// <summary>Routes that show what is the caller's own, or nobody's.</summary>
    private static readonly string[] Free =
    [
        "GET /",
        "GET /ws",
        "GET /ws/prices/{*instrument}",
        "GET /ws/account",
        "GET /prices",
        "GET /symbols",
        "GET /candles/{*symbol}",
        "GET /ctrader/settings",
        "PUT /ctrader/settings",
        "GET /ctrader/oauth/start",
        "GET /ctrader/oauth/callback",
        "GET /openapi/{documentName}.json",
        "GET /docs/{documentName?}",
        "GET /docs/scalar.js",
        "GET /docs/scalar.aspnetcore.js",
        "GET /docs/favicon.svg",
        "GET /health/live",
        "GET /health/ready",
        "GET /metrics",
        "POST /api/v1/projections/{name}/rebuilds",
        "GET /api/v1/projections/{name}/rebuilds/current",
        "DELETE /api/v1/projections/{name}/rebuilds/current",
    ];

    [Fact]
    public void Every_route_is_known_to_record_or_to_show_nothing_of_others()
    {
        var routes = service
            .Running.Services.GetServices<EndpointDataSource>()
            .Append(service.Running.Services.GetRequiredService<EndpointDataSource>())
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .SelectMany(
                // HEAD runs the same code as GET.
                endpoint =>
                    endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Except(["HEAD"]) ?? ["GET"],
                (endpoint, method) => $"{method} {endpoint.RoutePattern.RawText}"
            )
            .Distinct();

        routes.Should().BeEquivalentTo([.. Recorded, .. Free], "a new route must say whether it shows others' data");
    }

    [Theory]
    [InlineData("GET", "/api/sessions", "/api/sessions", false)]
    [InlineData("GET", "/api/websocket-status/" + LiveService.UserId, "/api/websocket-status/{userId}", true)]
    [InlineData("HEAD", "/api/sessions", "/api/sessions", false)]
    [InlineData("POST", "/api/start-websocket", "/api/start-websocket", true)]
    [InlineData("GET", "/health", "/health", false)]
    [InlineData("GET", "/account?user=" + LiveService.UserId, "/account", true)]
    [InlineData("GET", "/api/v1/account?user=" + LiveService.UserId, "/api/v1/account", true)]
    [InlineData("GET", "/positions?user=" + LiveService.UserId, "/positions", true)]
    [InlineData("GET", "/api/v1/positions?user=" + LiveService.UserId, "/api/v1/positions", true)]
    [InlineData("GET", "/api/v1/audit/streams/feed-demo", "/api/v1/audit/streams/{stream}", false)]
    [InlineData("GET", "/api/v1/audit/deals/1?user=" + LiveService.UserId, "/api/v1/audit/deals/{id}", true)]
    public async Task A_read_of_others_data_is_an_event(string method, string path, string route, bool namesUser)
    {
        using var client = service.Operator();
        var before = await ReadsAsync(client, $"{method} {route}");

        using var request = new HttpRequestMessage(new(method), path);
        request.Content = method == "POST" ? JsonContent.Create(new { userId = LiveService.UserId }) : null;
        (await client.SendAsync(request)).StatusCode.Should().BeOneOf(HttpStatusCode.OK, HttpStatusCode.NotFound);

        var after = await ReadsAsync(client, $"{method} {route}");
        // Other tests may ask the same beside this one.
        after.Count.Should().BeGreaterThan(before.Count);
        var read = after[^1];
        read.Should().Contain("operator").And.NotContain(LiveService.UserId).And.NotContain("@");
        read.Contains(LiveService.User1.Value).Should().Be(namesUser);
    }

    private static async Task<IReadOnlyList<string>> ReadsAsync(HttpClient client, string route)
    {
        var all = new List<string>();
        var (after, more) = (0L, true);
        while (more)
        {
            var page = await (
                await client.GetAsync($"/api/v1/audit/events?type=AuditRead&limit=1000&after={after}")
            ).JsonAsync();
            all.AddRange(
                page["events"]!
                    .AsArray()
                    .Select(one => one!["data"]!)
                    .Where(read => read["route"]!.GetValue<string>() == route)
                    .Select(read => read.ToJsonString())
            );
            (after, more) = (page["next"]!.GetValue<long>(), page["more"]!.GetValue<bool>());
        }

        return all;
    }
}
