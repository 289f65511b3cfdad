using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text.RegularExpressions;
using FluentAssertions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Configuration;
using Trading.TestKit;
using Xunit;

namespace Trading.Api.Tests;

[Collection(SharedLiveService.Name)]
public sealed partial class OperationTests(LiveService service)
{
    // Other tests' services come and go in this process, and our own instruments of the same names with them.
    [Fact]
    public Task Metrics_are_in_the_text_form_that_scrapers_read() => Eventually.Pass(ScrapeAsync);

    private async Task ScrapeAsync()
    {
        await service.Trader().GetAsync("/account");
        var answer = await service.Operator().GetAsync("/metrics");

        var type = answer.Content.Headers.ContentType!;
        (type.MediaType, type.CharSet).Should().Be(("text/plain", "utf-8"));
        type.Parameters.Should().Contain(one => one.Name == "version" && one.Value == "0.0.4");
        var text = await answer.Content.ReadAsStringAsync();
        text.Should().EndWith("\n").And.NotContain("Password").And.NotContain(LiveService.User1.Value);
        var typed = new HashSet<string>();
        var seen = new HashSet<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                typed.Add(line.Split(' ')[2]).Should().BeTrue(line);
            }
            else if (!line.StartsWith('#'))
            {
                var sample = Sample().Match(line);
                sample.Success.Should().BeTrue(line);
                seen.Add(sample.Groups["series"].Value).Should().BeTrue(line);
                var name = sample.Groups["name"].Value;
                typed
                    .Should()
                    .Contain(type =>
                        type == name || name == type + "_bucket" || name == type + "_sum" || name == type + "_count"
                    );
                var value = sample.Groups["value"].Value;
                (value is "+Inf" or "-Inf" or "NaN" || double.TryParse(value, CultureInfo.InvariantCulture, out _))
                    .Should()
                    .BeTrue(line);
            }
        }

        typed.Should().Contain("http_server_request_duration_seconds");
        typed.Should().Contain(name => name.StartsWith("trading_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_document_lists_every_endpoint_with_who_may_call_it()
    {
        var document = await (await service.Anonymous().GetAsync("/openapi/v1.json")).JsonAsync();

        var described = document["paths"]!
            .AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(one => $"{one.Key.ToUpperInvariant()} {path.Key}"));
        var mapped = service
            .Running.Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>()
            .Where(one =>
                one.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true }
            )
            .SelectMany(one =>
                one.Metadata.GetMetadata<IHttpMethodMetadata>()!
                    .HttpMethods.Where(method => method != "HEAD")
                    .Select(method => $"{method} {one.RoutePattern.RawText!.Replace("{*", "{")}")
            );
        described.Should().BeEquivalentTo(mapped.Distinct());
        document["paths"]!["/account"]!["get"]!["security"]!.ToJsonString().Should().Contain("userToken");
        document["paths"]!["/api/sessions"]!["get"]!["security"]!.ToJsonString().Should().Contain("apiKey");
    }

    [Fact]
    public async Task The_document_tells_each_failure_that_a_client_may_meet_and_each_argument_as_it_is_written()
    {
        var document = await (await service.Anonymous().GetAsync("/openapi/v1.json")).JsonAsync();

        document["components"]!["schemas"]!["SessionAnswer"]!["properties"]!["lastUpdate"]!["type"]!
            .ToString()
            .Should()
            .Be("string");
        foreach (var (path, methods) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in methods!.AsObject())
            {
                string[] guarded = operation!["security"] is null ? [] : ["401", "503"];
                string[] limited = path is "/metrics" || guarded.Length == 0 ? [] : ["429"];
                string[] reading = operation["requestBody"] is null ? [] : ["400", "413", "415"];
                var told = operation["responses"]!.AsObject().Select(response => response.Key);
                guarded.Concat(limited).Concat(reading).Except(told).Should().BeEmpty($"{method} {path} may answer so");
                var arguments = operation["parameters"]?.AsArray().Where(one => one!["in"]!.ToString() != "header");
                foreach (var name in arguments?.Select(one => one!["name"]!.ToString()) ?? [])
                {
                    char.IsAsciiLetterLower(name[0]).Should().BeTrue($"{name} of {path} is written so elsewhere");
                }
            }
        }
    }

    [Fact]
    public async Task The_page_of_the_document_can_be_browsed()
    {
        using var browser = new HttpClient { BaseAddress = service.Address };

        var answer = await browser.GetAsync("/docs");

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("text/html");
        var page = await answer.Content.ReadAsStringAsync();
        page.Should().Contain("openapi/v1.json");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        var nonce = Nonce().Match(policy).Groups["nonce"].Value;
        Script()
            .Matches(page)
            .Should()
            .NotBeEmpty()
            .And.OnlyContain(script => script.Value.Contains($"nonce=\"{nonce}\""));
        (await browser.GetAsync("/docs")).Headers.GetValues("Content-Security-Policy").Single().Should().NotBe(policy);
    }

    [Fact]
    public async Task No_secret_gets_into_the_logs()
    {
        var token = Tokens.For(LiveService.UserId, LiveService.Email);
        await using (var socket = await SocketClient.ConnectAsync(service.Address, $"/ws?token={token}"))
        {
            await socket.AskAsync("""{"type":"ping"}""", "pong");
        }

        await service.Bearing(token + "x").GetAsync($"/account?token={token}");
        await service.Bearing("a-wrong-key-of-the-bridge").GetAsync("/api/sessions");
        await service.Operator().GetAsync($"/api/websocket-status/{LiveService.Email}");
        await service.Anonymous().GetAsync("/ctrader/oauth/callback?code=a-code-of-the-broker&state=a-state");
        // Something that certainly is logged, so that an empty log cannot pass.
        var text = await Eventually.Get(async () =>
        {
            var all = await ReadLogsAsync();
            return all.Contains("link up", StringComparison.Ordinal) ? all : null;
        });

        string[] secrets =
        [
            token,
            Service.ApiKey,
            Tokens.Secret,
            "sandbox-secret",
            "demo-access-token",
            "trader-2-access-token",
            "a-wrong-key-of-the-bridge",
            "a-code-of-the-broker",
            "xample.com",
            Convert.ToBase64String(new byte[32]),
        ];
        foreach (var secret in secrets)
        {
            text.Should().NotContainEquivalentOf(secret);
        }
    }

    private async Task<string> ReadLogsAsync()
    {
        var text = "";
        foreach (var file in Directory.GetFiles(service.LogFolder))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            text += await reader.ReadToEndAsync();
        }

        return text;
    }

    [GeneratedRegex("'nonce-(?<nonce>[^']+)'", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Script();

    [GeneratedRegex(
        """^(?<series>(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})?) (?<value>\S+)$""",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex Sample();
}

public sealed class StopTests
{
    [Fact]
    public async Task A_stopping_service_says_goodbye_to_its_sockets_and_ends()
    {
        var service = new Service();
        await service.InitializeAsync();
        await using var client = await SocketClient.ConnectAsync(
            service.Address,
            "/ws",
            Tokens.For("16161616-1616-4616-8616-161616161616")
        );
        await client.AskAsync("""{"type":"connect"}""", "status");
        var stopping = service.Running.StopAsync();

        await client.UntilClosedAsync();

        client.CloseStatus.Should().Be(WebSocketCloseStatus.EndpointUnavailable);
        client.CloseReason.Should().Be("the service is stopping");
        await client.CloseAsync();
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
        await service.DisposeAsync();
    }

    [Fact]
    public async Task A_service_that_is_to_stop_is_unready_first_and_still_serves_for_a_while()
    {
        var service = new LeisurelyService();
        await service.InitializeAsync();
        var stopping = service.Running.StopAsync();

        // Each on a connection of its own: newcomers are served too.
        await Eventually.Be(async () =>
            (await service.Anonymous().GetAsync("/health/ready")).StatusCode == HttpStatusCode.ServiceUnavailable
        );
        var unready = await (await service.Operator().GetAsync("/health/ready")).JsonAsync();
        unready["problems"]!.ToJsonString().Should().Contain("stopping");
        (await service.Anonymous().GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await service.Operator().GetAsync("/api/sessions")).StatusCode.Should().Be(HttpStatusCode.OK);
        stopping.IsCompleted.Should().BeFalse();

        await stopping.WaitAsync(TimeSpan.FromSeconds(15));
        var late = () => service.Anonymous().GetAsync("/health/live");
        await late.Should().ThrowAsync<HttpRequestException>();
        await service.DisposeAsync();
    }

    /// <summary>A service that takes its time to stop.</summary>
    private sealed class LeisurelyService : Service
    {
        protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
            Task.FromResult(settings with { ShutdownDelay = TimeSpan.FromSeconds(3) });
    }
}
