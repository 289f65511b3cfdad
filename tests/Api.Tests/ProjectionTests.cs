using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedService.Name)]
public sealed class ProjectionTests(Service service)
{
    [Fact]
    public async Task Every_read_model_tells_its_state_its_table_and_how_far_it_is()
    {
        var answer = await (await service.Operator().GetAsync("/api/v1/projections")).JsonAsync();

        var all = answer["projections"]!.AsArray();
        all.Select(one => one!["name"]!.GetValue<string>())
            .Should()
            .BeEquivalentTo([
                "sessions",
                "accounts",
                "positions",
                "orders",
                "deals",
                "symbols",
                "users",
                "latest_prices",
                "candles",
            ]);
        var symbols = all.Single(one => one!["name"]!.GetValue<string>() == "symbols")!;
        symbols["state"]!.GetValue<string>().Should().BeOneOf("live", "catching_up");
        symbols["generation"]!.GetValue<int>().Should().BePositive();
        symbols["parked"]!.AsArray().Should().BeEmpty();
        foreach (var name in (string[])["version", "checkpoint", "head", "gap", "lagSeconds", "previous", "rebuild"])
        {
            symbols.AsObject().ContainsKey(name).Should().BeTrue(name);
        }
    }

    [Fact]
    public async Task A_rebuild_is_started_watched_done_and_gone_back_from()
    {
        using var client = service.Operator();

        var started = await client.PostAsJsonAsync("/api/v1/projections/orders/rebuilds", new { verify = true });

        started.StatusCode.Should().Be(HttpStatusCode.Accepted);
        var watched = started.Headers.Location!.ToString();
        watched.Should().Be("/api/v1/projections/orders/rebuilds/current");
        (await started.JsonAsync())["kind"]!.GetValue<string>().Should().Be("rebuild");
        var done = await DoneAsync(client, watched);
        done["verified"]!.GetValue<bool>().Should().BeTrue();
        done["percentDone"]!.GetValue<double>().Should().Be(100);

        (await client.PostAsJsonAsync("/api/v1/projections/orders/rebuilds", new { rollback = true }))
            .StatusCode.Should()
            .Be(HttpStatusCode.Accepted);
        (await DoneAsync(client, watched))["kind"]!.GetValue<string>().Should().Be("rollback");
    }

    [Fact]
    public async Task What_cannot_be_done_is_said()
    {
        using var client = service.Operator();

        await (await client.PostAsync("/api/v1/projections/nonsense/rebuilds", null)).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "PROJECTION_NOT_FOUND",
            "name"
        );
        await (
            await client.PostAsJsonAsync("/api/v1/projections/users/rebuilds", new { rollback = true })
        ).ShouldFailAsync(HttpStatusCode.Conflict, "REBUILD_REFUSED");
        await (await client.GetAsync("/api/v1/projections/users/rebuilds/current")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "REBUILD_NOT_FOUND"
        );
        await (await client.DeleteAsync("/api/v1/projections/users/rebuilds/current")).ShouldFailAsync(
            HttpStatusCode.NotFound,
            "REBUILD_NOT_FOUND"
        );
    }

    [Fact]
    public async Task A_rebuild_that_waits_is_given_up_and_a_second_one_is_refused_while_it_does()
    {
        using var client = service.Operator();
        // As if another process were at it, and hung.
        await using var other = new Npgsql.NpgsqlConnection($"{service.Database.ConnectionString};Pooling=false");
        await other.OpenAsync();
        await using (
            var command = new Npgsql.NpgsqlCommand(
                "select pg_advisory_lock(hashtext('read.rebuild'), hashtext('deals'))",
                other
            )
        )
        {
            await command.ExecuteNonQueryAsync();
        }

        (await client.PostAsync("/api/v1/projections/deals/rebuilds", null))
            .StatusCode.Should()
            .Be(HttpStatusCode.Accepted, "a body is not needed");
        await (await client.PostAsync("/api/v1/projections/deals/rebuilds", null)).ShouldFailAsync(
            HttpStatusCode.Conflict,
            "REBUILD_UNDER_WAY"
        );
        var cancelled = await client.DeleteAsync("/api/v1/projections/deals/rebuilds/current");
        cancelled.StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await cancelled.JsonAsync())["cancelAsked"]!.GetValue<bool>().Should().BeTrue();
        await other.CloseAsync();

        await Eventually.Be(async () =>
            await StateAsync(client, "/api/v1/projections/deals/rebuilds/current") == "cancelled"
        );
    }

    [Theory]
    [InlineData("GET", "/api/v1/projections")]
    [InlineData("POST", "/api/v1/projections/accounts/rebuilds")]
    [InlineData("GET", "/api/v1/projections/accounts/rebuilds/current")]
    [InlineData("DELETE", "/api/v1/projections/accounts/rebuilds/current")]
    public async Task Only_operators_may(string method, string path)
    {
        foreach (
            var (client, status) in new[]
            {
                (service.Anonymous(), HttpStatusCode.Unauthorized),
                (service.User("34343434-3434-4434-8434-343434343434"), HttpStatusCode.Forbidden),
            }
        )
        {
            using (client)
            {
                (await client.SendAsync(new(new(method), path))).StatusCode.Should().Be(status);
            }
        }
    }

    private static async Task<JsonNode> DoneAsync(HttpClient client, string path)
    {
        await Eventually.Be(async () => await StateAsync(client, path) == "done");
        return await (await client.GetAsync(path)).JsonAsync();
    }

    private static async Task<string> StateAsync(HttpClient client, string path) =>
        (await (await client.GetAsync(path)).JsonAsync())["state"]!.GetValue<string>();
}
