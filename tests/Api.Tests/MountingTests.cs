using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using Trading.Api.Configuration;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>A service mounted below a path by setting, behind a proxy that may say another.</summary>
public sealed class MountedService : Service
{
    protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
        Task.FromResult(
            settings with
            {
                PathBase = "/trading",
                TrustedProxies = Networks.Read("127.0.0.1")!,
                PublicTicks = true,
                ApiKey = ApiKey,
            }
        );
}

public sealed partial class MountingTests(MountedService service) : IClassFixture<MountedService>
{
    private const string UserId = "38383838-3838-4838-8838-383838383838";

    public static TheoryData<string, string?, string> Mounts =>
        new()
        {
            // The path asked for, the prefix that a proxy took off, and where all of it stands for the browser.
            { "/trading", null, "/trading" },
            { "", null, "/trading" },
            { "", "/trading", "/trading" },
            { "/trading", "/trading", "/trading" },
            { "", "/outside/", "/outside" },
            { "/trading", "/outside", "/outside/trading" },
        };

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task Everything_works_below_the_path(string path, string? prefix, string mount)
    {
        using var client = Client(service, prefix);

        (await client.GetAsync($"{path}/health/live")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.GetAsync($"{path}/account")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        var document = await (await client.GetAsync($"{path}/openapi/v1.json")).JsonAsync();
        document["servers"]![0]!["url"]!.GetValue<string>().Should().Be($"{mount}/");
        document["paths"]!.AsObject().Select(one => one.Key).Should().Contain("/account");
        await using var socket = await SocketClient.ConnectAsync(service.Address, $"{path}/ws");
        await socket.AskAsync("""{"type":"ping"}""", "pong");
        await using var root = await SocketClient.ConnectAsync(service.Address, $"{path}/");
        await root.AskAsync("""{"type":"ping"}""", "pong");
    }

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task A_consent_comes_back_below_the_path_and_finds_its_cookie(
        string path,
        string? prefix,
        string mount
    )
    {
        using var client = Client(service, prefix);
        client.DefaultRequestHeaders.Authorization = new("Bearer", Tokens.For(UserId));
        client.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        client.DefaultRequestHeaders.Add("X-Forwarded-Host", "app.example.com");

        var answer = await client.GetAsync($"{path}/ctrader/oauth/start");

        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var consent = new Uri((await answer.JsonAsync())["url"]!.GetValue<string>());
        var back = System.Web.HttpUtility.ParseQueryString(consent.Query)["redirect_uri"];
        back.Should().Be($"https://app.example.com{mount}/ctrader/oauth/callback");
        var cookies = new CookieContainer();
        cookies.SetCookies(new($"https://app.example.com{mount}/ctrader/oauth/start"), Cookie(answer));
        cookies.GetCookies(new(back!)).Should().ContainSingle().Which.Secure.Should().BeTrue();
        cookies.GetCookies(new("https://app.example.com/elsewhere")).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task The_page_of_the_document_loads_all_it_needs_below_the_path(
        string path,
        string? prefix,
        string mount
    )
    {
        using var client = Client(service, prefix);
        var page = await client.GetAsync($"{path}/docs");
        var at = new Uri(service.Address, $"{mount}/docs");
        if (page.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.MovedPermanently)
        {
            at = new Uri(at, page.Headers.Location!);
            at.AbsolutePath.Should().StartWith($"{mount}/docs");
            page = await client.GetAsync(Inner(at, mount, path));
        }

        page.StatusCode.Should().Be(HttpStatusCode.OK);
        var html = await page.Content.ReadAsStringAsync();
        html.Should().NotContain("https://").And.NotContain("http://");
        var scripts = Loaded().Matches(html).Select(match => match.Groups["at"].Value).ToList();
        scripts.Should().NotBeEmpty();
        foreach (var script in scripts)
        {
            var loaded = await client.GetAsync(Inner(new Uri(at, script), mount, path));
            loaded.StatusCode.Should().Be(HttpStatusCode.OK, script);
        }
    }

    [Theory]
    [MemberData(nameof(Mounts))]
    public async Task A_link_to_what_was_begun_stands_below_the_path(string path, string? prefix, string mount)
    {
        using var client = Client(service, prefix);
        client.DefaultRequestHeaders.Add("X-Api-Key", Service.ApiKey);

        var answer = await client.PostAsJsonAsync($"{path}/api/v1/projections/users/rebuilds", new { });

        if (answer.StatusCode == HttpStatusCode.Accepted)
        {
            answer.Headers.Location!.ToString().Should().Be($"{mount}/api/v1/projections/users/rebuilds/current");
        }
        else
        {
            await answer.ShouldFailAsync(HttpStatusCode.Conflict, "REBUILD_UNDER_WAY");
        }
    }

    [Fact]
    public async Task A_configured_place_of_the_consent_keeps_its_path_and_its_scheme()
    {
        var other = new ConfiguredCallbackService();
        await other.InitializeAsync();

        var answer = await other.User(UserId).GetAsync("/ctrader/oauth/start?redirect=true");

        answer.StatusCode.Should().Be(HttpStatusCode.Redirect);
        answer.Headers.Location!.Query.Should().Contain("redirect_uri=https%3A%2F%2Fapp.example.com%2Fpre%2Ffix%2F");
        Cookie(answer).Should().Contain("path=/pre/fix/ctrader/oauth;").And.Contain("secure").And.Contain("httponly");
        await other.DisposeAsync();
    }

    private static string Cookie(HttpResponseMessage answer) => answer.Headers.GetValues("Set-Cookie").Single();

    // The address as the proxy passes it on.
    private static string Inner(Uri address, string mount, string path)
    {
        address.PathAndQuery.Should().StartWith(mount);
        return path + address.PathAndQuery[mount.Length..];
    }

    private static HttpClient Client(Service service, string? prefix)
    {
        var client = service.Anonymous();
        if (prefix is not null)
        {
            client.DefaultRequestHeaders.Add("X-Forwarded-Prefix", prefix);
        }

        return client;
    }

    [GeneratedRegex(
        """(src|href)="(?<at>[^"#]+\.(js|css|svg|png))["?]""",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex Loaded();

    /// <summary>A service whose consents come back to a place that only the setting tells.</summary>
    private sealed class ConfiguredCallbackService : Service
    {
        protected override Task<ServiceSettings> SettingsAsync(ServiceSettings settings) =>
            Task.FromResult(
                settings with
                {
                    CTrader = settings.CTrader with
                    {
                        RedirectUrl = new("https://app.example.com/pre/fix/ctrader/oauth/callback"),
                    },
                }
            );
    }
}
