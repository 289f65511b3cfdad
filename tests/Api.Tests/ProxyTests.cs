using System.Net;
using System.Net.WebSockets;
using FluentAssertions;
using Trading.Api.Configuration;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A service behind proxies, one of them on this machine, that takes keys from some networks only. It listens in both
/// families, so that an IPv4 proxy comes mapped into IPv6.</summary>
public sealed class ProxiedService : Service
{
    public const string MetricsKey = "the-key-of-the-scrapers";

    protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
        Task.FromResult(
            settings with
            {
                Listen = new(IPAddress.IPv6Any, 0),
                TrustedProxies = Networks.Read("127.0.0.1, 10.9.0.0/16, 2001:db8:9::/48")!,
                KeyNetworks = Networks.Read("10.1.0.0/16, 2001:db8:1::/48, ::1, 127.0.0.1")!,
                MetricsKey = MetricsKey,
                Limits = new() { RequestsPerMinute = 60, SocketsPerClient = 3 },
                PublicTicks = true,
            }
        );

    public HttpClient From(string forwardedFor)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Add("X-Forwarded-For", forwardedFor);
        return client;
    }
}

/// <summary>The same limits, and no proxy to trust.</summary>
public sealed class BareService : Service
{
    protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
        Task.FromResult(
            settings with
            {
                Limits = new() { RequestsPerMinute = 60, SocketsPerClient = 3 },
                KeyNetworks = Networks.Read("10.1.0.0/16")!,
                PublicTicks = true,
            }
        );
}

public sealed class ProxyTests(ProxiedService service, BareService bare)
    : IClassFixture<ProxiedService>,
        IClassFixture<BareService>
{
    [Fact]
    public async Task Clients_behind_a_trusted_proxy_have_sockets_of_their_own()
    {
        var sockets = new List<SocketClient>();
        for (var client = 1; client <= 12; client++)
        {
            sockets.Add(await SocketAsync(service, $"192.0.2.{client}"));
        }

        sockets.Should().OnlyContain(socket => socket.State == WebSocketState.Open);
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("198.51.100.1", "198.51.100.1")]
    [InlineData("203.0.113.9, 198.51.100.2", "198.51.100.2")]
    [InlineData("198.51.100.3, 10.9.1.1", "10.9.2.2, 198.51.100.3, 10.9.1.1")]
    [InlineData("2001:db8::7, 2001:db8:9::1", "[2001:db8::7]:4711")]
    [InlineData("198.51.100.4:50000", "::ffff:198.51.100.4")]
    public async Task What_a_client_puts_before_its_proxy_s_word_counts_for_nothing(string once, string again)
    {
        await using var first = await SocketAsync(service, once);
        await using var second = await SocketAsync(service, again);
        await using var third = await SocketAsync(service, once);

        var fourth = () => SocketAsync(service, again);

        (await fourth.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task Without_a_trusted_proxy_nobody_s_word_counts()
    {
        var sockets = new List<SocketClient>();
        for (var client = 1; client <= 3; client++)
        {
            sockets.Add(await SocketAsync(bare, $"192.0.2.{client}"));
        }

        var fourth = () => SocketAsync(bare, "192.0.2.4");

        (await fourth.Should().ThrowAsync<HttpRequestException>())
            .Which.StatusCode.Should()
            .Be(HttpStatusCode.TooManyRequests);
        foreach (var socket in sockets)
        {
            await socket.DisposeAsync();
        }

        using var stranger = bare.Operator();
        stranger.DefaultRequestHeaders.Add("X-Forwarded-For", "10.1.0.1");
        await (await stranger.GetAsync("/api/sessions")).ShouldFailAsync(
            HttpStatusCode.Unauthorized,
            "INVALID_API_KEY"
        );
    }

    [Fact]
    public async Task Requests_are_counted_for_the_client_s_address_and_never_those_of_probes()
    {
        using var eager = service.From("198.51.100.77");
        HttpResponseMessage answer;
        var asked = 0;
        do
        {
            answer = await eager.GetAsync("/prices");
            asked++;
        } while (answer.StatusCode != HttpStatusCode.TooManyRequests && asked < 500);

        await answer.ShouldFailAsync(HttpStatusCode.TooManyRequests, "RATE_LIMITED");
        asked.Should().BeGreaterThan(60);
        (await service.From("198.51.100.78").GetAsync("/prices")).StatusCode.Should().Be(HttpStatusCode.OK);
        foreach (var path in (string[])["/health/live", "/health/ready", "/health", "/health/ready", "/health/live"])
        {
            (await eager.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.OK, path);
        }

        (await eager.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Probes_spend_nothing_of_a_caller_s_quota()
    {
        using var caller = service.From("198.51.100.79");
        for (var probe = 0; probe < 100; probe++)
        {
            (await caller.GetAsync(probe % 2 == 0 ? "/health/ready" : "/health/live"))
                .StatusCode.Should()
                .Be(HttpStatusCode.OK);
            (await caller.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        }

        (await caller.GetAsync("/prices")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("2001:db8:1::5", true)]
    [InlineData("10.2.0.1", false)]
    [InlineData("2001:db8:2::5", false)]
    [InlineData("10.1.2.3, 192.0.2.1", false)]
    public async Task Keys_are_taken_from_the_networks_listed_and_from_nowhere_else(string from, bool taken)
    {
        using var client = service.From(from);
        client.DefaultRequestHeaders.Add("X-Api-Key", Service.ApiKey);

        var sessions = await client.GetAsync("/api/sessions");
        var names = (await (await client.GetAsync("/health")).JsonAsync()).AsObject().ContainsKey("sessions");
        var parts = (await (await client.GetAsync("/health/ready")).JsonAsync()).AsObject().ContainsKey("parts");
        var metrics = await client.GetAsync("/metrics");

        sessions.StatusCode.Should().Be(taken ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
        names.Should().Be(taken);
        parts.Should().Be(taken);
        metrics.StatusCode.Should().Be(taken ? HttpStatusCode.OK : HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_metrics_key_opens_metrics_and_readiness_and_nothing_else()
    {
        using var scraper = service.From("10.1.0.9");
        scraper.DefaultRequestHeaders.Authorization = new("Bearer", ProxiedService.MetricsKey);

        (await scraper.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await (await scraper.GetAsync("/health/ready")).JsonAsync()).AsObject().Should().ContainKey("parts");
        foreach (
            var path in (string[])
                ["/api/sessions", "/account?user=x", "/api/v1/audit/events", "/api/v1/projections", "/ctrader/settings"]
        )
        {
            (await scraper.GetAsync(path)).StatusCode.Should().Be(HttpStatusCode.Unauthorized, path);
        }

        (await (await scraper.GetAsync("/health")).JsonAsync()).AsObject().Should().NotContainKey("sessions");
    }

    private static Task<SocketClient> SocketAsync(Service service, string forwardedFor) =>
        SocketClient.ConnectAsync(
            service.Address,
            "/ws",
            options: options => options.SetRequestHeader("X-Forwarded-For", forwardedFor)
        );
}
