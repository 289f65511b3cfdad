using System.Net;
using System.Net.Http.Json;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Trading.Api.Configuration;
using Trading.Api.CTrader;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Sandbox.CTrader;
using Xunit;

namespace Trading.Api.Tests;

/// <summary>The real service beside a real sandbox, with one user whose session is live.</summary>
public sealed class LiveService : Service
{
    public const string UserId = "11111111-1111-4111-8111-111111111111";
    public const string Email = "Trader@Example.com";
    public const string Account = "5150705";

    /// <summary>Names that brokers give, beside the usual ones.</summary>
    public static readonly string[] OddNames =
    [
        "GBPUSD_SB",
        "GBPUSDSB",
        "US30.cash",
        "EUR/CHF",
        "BRENT-OIL",
        "#AAPL",
        "XAUUSD.",
        "usdchf.r",
        "日経225",
        "Größe",
        "US 30",
        "BRK,B",
        "S&P+50%",
        "A%2FB",
        "Q\"'\\<>",
        "A-name-longer-than-any-screen-is-wide-which-no-broker-would-think-of-but-which-costs-nothing-to-serve",
    ];

    private CTraderSandbox? _sandbox;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("trading-api-live-");

    public CTraderSandbox Sandbox => _sandbox ?? throw new InvalidOperationException("Not started");

    public static UserKey User1 { get; } = UserKey.Of(UserId);

    public HttpClient Trader() => User(UserId, Email);

    protected override async Task<ServiceSettings> SettingsAsync(ServiceSettings settings)
    {
        var ca = Path.Combine(_folder.FullName, "ca.pem");
        _sandbox = await CTraderSandbox.StartAsync(
            new()
            {
                CaPath = ca,
                AlwaysOpen = true,
                WalkUpdatesPerSecond = 20,
                Symbols = [.. OddNames.Select(name => new SandboxSymbol(name, "GBPUSD"))],
            }
        );
        return settings with { CTrader = Application(_sandbox, ca), WebSocketPort = 0 };
    }

    public static CTraderApplication Application(CTraderSandbox sandbox, string ca) =>
        new()
        {
            ClientId = "sandbox-app",
            ClientSecret = "sandbox-secret",
            Host = "127.0.0.1",
            Port = sandbox.Port,
            CertificateAuthority = ca,
            AuthorizeUrl = new(sandbox.OAuthAddress, "my/settings/openapi/grantingaccess"),
            TokenUrl = new(sandbox.OAuthAddress, "apps/token"),
            RedirectUrl = new("http://127.0.0.1/ctrader/oauth/callback"),
        };

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await GrantAsync(User1, UserId, Email, "demo-access-token", [Account]);
        using var bridge = Operator();
        var answer = await bridge.PostAsJsonAsync("/api/start-websocket", new { userId = UserId });
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    /// <summary>Gives a user a grant without a consent page.</summary>
    public async Task GrantAsync(UserKey user, string id, string? email, string token, string[] accounts)
    {
        var granting = Running.Services.GetRequiredService<Granting>();
        (await granting.IdentifyAsync(user, id, email, default)).Should().BeNull();
        var listed = new GrantOutcome.Listed(
            "trade",
            [.. accounts.Select(one => new GrantedAccount { AccountId = one, Environment = BrokerEnvironment.Demo })]
        );
        var refusal = await granting.GrantAsync(
            user,
            new BrokerCredentials(token, null, null),
            listed,
            "test",
            default
        );
        refusal.Should().BeNull();
    }
}

/// <summary>One live service for all tests that only look at it.</summary>
[CollectionDefinition(Name)]
public sealed class SharedLiveService : ICollectionFixture<LiveService>
{
    public const string Name = "live service";
}
