using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Trading.EmbeddedPostgres;
using Trading.EndToEnd.World;
using Trading.TestKit;
using Xunit;

namespace Trading.EndToEnd;

/// <summary>What a new user gets: everything up without configuration, and all that the terminal says works.</summary>
public sealed class The_demo
{
    [Fact]
    public async Task Serves_a_live_account_without_configuration_and_goes_on_where_it_stopped()
    {
        var folder = Directory.CreateTempSubdirectory("trading-demo-");
        var data = Path.Combine(folder.FullName, "data");
        try
        {
            long recorded;
            await using (var demo = await DemoProcess.StartAsync(data))
            {
                SecretsAreTheOwnersAlone(data);
                await ShowsTheAccount(demo);
                await FollowsTheBroker(demo);
                recorded = await Verified(data);
                demo.Output.Should().Contain($"database   PostgreSQL in {PlaceOf(data).Root}");
                (await demo.StopAsync()).Should().Be(0, demo.Output);
                demo.Output.Trim().Split('\n')[^1].Should().StartWith("Everything has stopped").And.Contain(data);
                (await Verified(data))
                    .Should()
                    .BeGreaterThanOrEqualTo(recorded, "what has stopped can still be looked at");
            }

            await using (var again = await DemoProcess.StartAsync(data))
            {
                await ShowsTheAccount(again);
                (await Verified(data)).Should().BeGreaterThan(recorded, "the journal of the first run is kept");
                (await again.StopAsync()).Should().Be(0, again.Output);
            }
        }
        finally
        {
            if (PlaceOf(data) is { IsElsewhere: true } place)
            {
                Directory.Delete(place.Root, recursive: true);
            }

            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Says_at_once_and_in_one_line_that_its_port_is_in_use_and_begins_nothing()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var data = Path.Combine(Path.GetTempPath(), $"trading-demo-{Guid.NewGuid():N}");

        var (code, said) = await DemoProcess.TryAsync(data, port);

        code.Should().Be(69, said);
        said.Trim()
            .Should()
            .Contain($"Port {port} on 127.0.0.1 is in use")
            .And.Contain("--port=PORT")
            .And.NotContain("\n");
        Directory.Exists(data).Should().BeFalse();
    }

    private static ClusterPlace PlaceOf(string data) => ClusterPlace.Find(Path.Combine(data, "postgres"))!;

    private static void SecretsAreTheOwnersAlone(string data)
    {
        foreach (var name in new[] { "demo.env", "api.key", "master.key", "jwt.secret" })
        {
            File.GetUnixFileMode(Path.Combine(data, name))
                .Should()
                .Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, name);
        }
    }

    private static async Task ShowsTheAccount(DemoProcess demo)
    {
        var url = demo.Variables["TRADING_URL"];
        (await demo.Http.GetStringAsync(new Uri($"{url}/health"))).Should().Contain("\"status\":\"ok\"");
        await Eventually.Pass(async () =>
        {
            var account = await ReadAsync(demo, "account");
            account.GetProperty("accountId").GetString().Should().Be(demo.Variables["TRADING_ACCOUNT"]);
            account.GetProperty("equity").ValueKind.Should().Be(JsonValueKind.Number, "every position has a price");
            account.GetProperty("_cache").GetBoolean().Should().BeTrue();
            (await ReadAsync(demo, "positions")).GetProperty("positions").GetArrayLength().Should().BePositive();
            (await ReadAsync(demo, "prices")).GetProperty("prices").GetArrayLength().Should().BePositive();
            (await ReadAsync(demo, "candles/EURUSD?timeframe=M1&count=5")).GetArrayLength().Should().BePositive();
        });

        using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/api/sessions");
        request.Headers.Add("X-Api-Key", demo.Variables["TRADING_API_KEY"]);
        using var answer = await demo.Http.SendAsync(request);
        var sessions = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        sessions
            .GetProperty("sessions")
            .EnumerateArray()
            .Should()
            .ContainSingle(session =>
                session.GetProperty("userId").GetString() == demo.Variables["TRADING_USER"]
                && session.GetProperty("isConnected").GetBoolean()
            );
    }

    private static async Task FollowsTheBroker(DemoProcess demo)
    {
        var broker = $"{demo.Variables["SANDBOX_URL"]}/accounts/{demo.Variables["TRADING_ACCOUNT"]}";
        var before = await ReadAsync(demo, "account");
        using var order = new StringContent(
            """{"symbol":"EURUSD","buy":true,"volume":1000000}""",
            Encoding.UTF8,
            "application/json"
        );
        (await demo.Http.PostAsync(new Uri($"{broker}/deposit?amount=250"), null)).EnsureSuccessStatusCode();
        (await demo.Http.PostAsync(new Uri($"{broker}/orders"), order)).EnsureSuccessStatusCode();
        await Eventually.Pass(async () =>
        {
            var after = await ReadAsync(demo, "account");
            Number(after, "balance").Should().Be(Number(before, "balance") + 250);
            Number(after, "positions").Should().Be(Number(before, "positions") + 1);
        });
    }

    /// <summary>The log is whole, says the command line; gives the journal's head.</summary>
    private static async Task<long> Verified(string data)
    {
        var (code, verdict) = await ToolAsync("verify", $"--data={data}");
        code.Should().Be(0, verdict);
        var (listed, events) = await ToolAsync("events", $"--data={data}");
        listed.Should().Be(0, events);
        return events
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("offset").GetInt64())
            .Max();
    }

    private static async Task<(int Code, string Output)> ToolAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "trading-tools.dll"), .. arguments]
        )
        {
            RedirectStandardOutput = true,
        };
        using var tool = Process.Start(start)!;
        var output = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        return (tool.ExitCode, output);
    }

    private static async Task<JsonElement> ReadAsync(DemoProcess demo, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{demo.Variables["TRADING_URL"]}/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", demo.Variables["TRADING_TOKEN"]);
        using var answer = await demo.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.Should().BeTrue($"{path} answered {(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private static decimal Number(JsonElement element, string name) => element.GetProperty(name).GetDecimal();
}
