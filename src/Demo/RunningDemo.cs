using System.Net;
using Trading.Api.Configuration;
using Trading.Api.Hosting;
using Trading.Configuration;
using Trading.Domain.Ports;
using Trading.EmbeddedPostgres;
using Trading.Sandbox.CTrader;

namespace Trading.Demo;

/// <summary>Sandbox and service of one run, with the demo user's session live.</summary>
internal sealed class RunningDemo : IAsyncDisposable
{
    private readonly CTraderSandbox? _sandbox;

    private RunningDemo(
        DemoOptions options,
        TradingService service,
        CTraderSandbox? sandbox,
        string? token,
        string? account
    )
    {
        Options = options;
        Service = service;
        _sandbox = sandbox;
        Token = token;
        Account = account;
    }

    /// <summary>What the demo was told.</summary>
    public DemoOptions Options { get; }

    /// <summary>The service.</summary>
    public TradingService Service { get; }

    /// <summary>Where the service is reached.</summary>
    public Uri Url => Service.Addresses[0];

    /// <summary>The sandbox's control endpoint; null against the real hosts.</summary>
    public Uri? SandboxUrl => _sandbox?.OAuthAddress;

    /// <summary>Where the sandbox speaks protobuf over TLS; null against the real hosts.</summary>
    public int? SandboxPort => _sandbox?.Port;

    /// <summary>Where the private PostgreSQL keeps its files; null when another database is used.</summary>
    public ClusterPlace? Cluster =>
        Service.Settings.Postgres is null ? ClusterPlace.Find(Options.File("postgres")) : null;

    /// <summary>The demo user's token; null when a real identity provider issues the tokens.</summary>
    public string? Token { get; }

    /// <summary>The demo user's account; null when no token for the broker is configured.</summary>
    public string? Account { get; }

    /// <summary>Starts everything; the demo user's session is live, or being tried, when this returns.</summary>
    public static async Task<RunningDemo> StartAsync(DemoOptions options, CancellationToken cancellation)
    {
        var environment = SettingsReader.Environment();
        if (TakenPort.At(new(IPAddress.Loopback, options.Port)) is { } taken)
        {
            throw new IOException($"{taken}: stop it, or choose another one with --port=PORT.");
        }

        await PrivateFolder.CreateForPostgresAsync(options.DataFolder, cancellation);
        var sandbox = DemoSettings.HasBroker(environment) ? null : await DemoSandbox.StartAsync(options, cancellation);
        TradingService? service = null;
        try
        {
            var settings = DemoSettings.Read(environment, options, sandbox);
            var feed = settings.CTrader.Feed;
            // The demo user is granted the configured account: prices come from that session as well.
            service = await TradingService.StartAsync(
                settings with
                {
                    CTrader = settings.CTrader with { Feed = null },
                },
                cancellation
            );
            var account = feed?.AccountId;
            var credentials = feed is null ? null : new BrokerCredentials(feed.AccessToken, feed.RefreshToken, null);
            if (sandbox is not null)
            {
                account = DemoSandbox.AccountOf(DemoSandbox.RunOf(options)).Id.ToString();
                credentials = new(DemoSandbox.AccessToken, null, null);
            }

            if (credentials is not null && account is not null)
            {
                var where = settings.CTrader.Environment;
                await DemoUser.PrepareAsync(service, credentials, account, where, cancellation);
            }

            var demo = new RunningDemo(options, service, sandbox, TokenOf(settings), account);
            EnvironmentFile.Write(demo);
            return demo;
        }
        catch
        {
            if (service is not null)
            {
                await service.DisposeAsync();
            }

            if (sandbox is not null)
            {
                await sandbox.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Runs until the process is asked to end.</summary>
    public Task RunAsync() => Service.WaitForShutdownAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_sandbox is not null)
        {
            await DemoUser.StopAsync(Service);
        }

        await Service.DisposeAsync();
        if (_sandbox is not null)
        {
            await _sandbox.DisposeAsync();
        }
    }

    private static string? TokenOf(ServiceSettings settings) =>
        settings.Tokens is { Secret: { } secret, Issuer: { } issuer }
            ? DemoToken.Sign(secret, issuer, settings.Tokens.Audience, TimeProvider.System.GetUtcNow())
            : null;
}
