using System.Net;
using Trading.Domain.Events;

namespace Trading.Api.Configuration;

/// <summary>Everything the service can be told. Built by <see cref="SettingsReader"/> from the environment, or directly by
/// tests and the demo. Holds secrets: never to be logged as a whole.</summary>
public sealed record ServiceSettings
{
    /// <summary>Where HTTP and WebSocket listen. <see cref="IPAddress.IPv6Any"/> is every interface, in both families.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary><see cref="Listen"/> is a loopback, and the other family's is listened on as well.</summary>
    public bool BothLoopbacks { get; init; }

    /// <summary>A second port for the tick streamer's clients; null for none.</summary>
    public int? WebSocketPort { get; init; }

    /// <summary>Proxies whose <c>X-Forwarded-For</c>, <c>-Proto</c>, <c>-Host</c> and <c>-Prefix</c> count; empty: nobody's do.
    /// </summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>The path below which the service is mounted, such as <c>/trading</c>; empty for none.</summary>
    public string PathBase { get; init; } = "";

    /// <summary>The folder of everything the service keeps: private database, keys, logs.</summary>
    public string DataFolder { get; init; } = ".data";

    /// <summary>The database; null for a private PostgreSQL under <see cref="DataFolder"/>.</summary>
    public string? Postgres { get; init; }

    /// <summary>The bridge's API key; null lets the embedded mode make one.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The key of the auditor role; null for none.</summary>
    public string? AuditorKey { get; init; }

    /// <summary>The key that opens metrics and readiness only; null for none.</summary>
    public string? MetricsKey { get; init; }

    /// <summary>The networks from which any of these keys is taken; empty: from everywhere.</summary>
    public IReadOnlyList<IPNetwork> KeyNetworks { get; init; } = [];

    /// <summary>32 bytes that seal the users' keys; null lets the embedded mode make one.</summary>
    public byte[]? MasterKey { get; init; }

    /// <summary>Master keys of before, which may still wrap some users' keys while a rotation is under way.</summary>
    public IReadOnlyList<byte[]> FormerMasterKeys { get; init; } = [];

    /// <summary>Who signs the users' tokens.</summary>
    public TokenIssuerSettings Tokens { get; init; } = new();

    /// <summary>The broker.</summary>
    public CTraderApplication CTrader { get; init; } = new();

    /// <summary>Caps on what clients may ask.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>Web origins that may call from a browser; <c>*</c> for any. Empty: none.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Ticks may be watched without a token or key.</summary>
    public bool PublicTicks { get; init; }

    /// <summary>Where OpenTelemetry metrics go (OTLP); null for nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>The folder of the JSON log files; null for console only.</summary>
    public string? LogFolder { get; init; }

    /// <summary>The least severe level that is logged: debug, information, warning or error.</summary>
    public string LogLevel { get; init; } = "information";

    /// <summary>How long readiness fails before connections are refused, so that a load balancer notices.</summary>
    public TimeSpan ShutdownDelay { get; init; }

    /// <summary>Shows no secret.</summary>
    public override string ToString() => $"settings for {Listen}";
}

/// <summary>Who signs the users' tokens and what they must say.</summary>
public sealed record TokenIssuerSettings
{
    /// <summary>The HS256 secret, UTF-8; null when only key sets count.</summary>
    public string? Secret { get; init; }

    /// <summary>Where the issuer publishes its public keys; null for none.</summary>
    public Uri? KeySetUrl { get; init; }

    /// <summary>A file with the issuer's public keys; null for none.</summary>
    public string? KeySetFile { get; init; }

    /// <summary>The exact <c>iss</c>; null when no issuer is configured, and then no token is accepted.</summary>
    public string? Issuer { get; init; }

    /// <summary>What <c>aud</c> must contain.</summary>
    public string Audience { get; init; } = "authenticated";

    /// <summary>What <c>role</c> must be.</summary>
    public string Role { get; init; } = "authenticated";

    /// <summary>True when tokens can be verified at all.</summary>
    public bool Configured => Issuer is not null && (Secret ?? KeySetFile ?? KeySetUrl?.ToString()) is not null;
}

/// <summary>The cTrader application and, if given, the configured feed.</summary>
public sealed record CTraderApplication
{
    /// <summary>The application's id.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The application's secret.</summary>
    public string ClientSecret { get; init; } = "";

    /// <summary>Replaces the real hosts of both environments; null for the real ones.</summary>
    public string? Host { get; init; }

    /// <summary>The protobuf port.</summary>
    public int Port { get; init; } = 5035;

    /// <summary>A PEM file of a private certificate authority to trust; null for the system's.</summary>
    public string? CertificateAuthority { get; init; }

    /// <summary>Demo or live: whose prices those see who have no account of their own.</summary>
    public BrokerEnvironment Environment { get; init; } = BrokerEnvironment.Demo;

    /// <summary>The price source that is granted and started at boot; null for none.</summary>
    public ConfiguredFeed? Feed { get; init; }

    /// <summary>The consent page.</summary>
    public Uri AuthorizeUrl { get; init; } = new("https://id.ctrader.com/my/settings/openapi/grantingaccess/");

    /// <summary>Where codes are swapped for tokens.</summary>
    public Uri TokenUrl { get; init; } = new("https://openapi.ctrader.com/apps/token");

    /// <summary>Where the broker sends the browser back to; must be registered with the application. Null: to this service, at
    /// the address by which the browser reached it.</summary>
    public Uri? RedirectUrl { get; init; }

    /// <summary>Where the browser goes once the grant is stored; null to answer with JSON.</summary>
    public Uri? ReturnUrl { get; init; }

    /// <summary>accounts (view) or trading.</summary>
    public string Scope { get; init; } = "trading";
}

/// <summary>A feed given by configuration instead of by a user.</summary>
public sealed record ConfiguredFeed(
    string AccessToken,
    string? RefreshToken,
    string AccountId,
    BrokerEnvironment Environment
)
{
    /// <summary>Shows no token.</summary>
    public override string ToString() => $"feed of account {AccountId}";
}

/// <summary>Caps on what clients may ask. Each has a generous default; 0 switches a rate off.</summary>
public sealed record LimitSettings
{
    /// <summary>Requests a minute of one user, or of one address without a token.</summary>
    public int RequestsPerMinute { get; init; } = 6_000;

    /// <summary>Largest request body in bytes.</summary>
    public int BodyBytes { get; init; } = 64 * 1024;

    /// <summary>WebSocket connections of one user, or of one address without a token.</summary>
    public int SocketsPerClient { get; init; } = 50;

    /// <summary>WebSocket connections in all.</summary>
    public int Sockets { get; init; } = 10_000;

    /// <summary>Largest message a WebSocket client may send, in bytes.</summary>
    public int SocketMessageBytes { get; init; } = 16 * 1024;

    /// <summary>Messages a second that a WebSocket client may send.</summary>
    public int SocketMessagesPerSecond { get; init; } = 100;

    /// <summary>A WebSocket client that takes nothing for so long is cut off.</summary>
    public TimeSpan SocketTakesWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Symbols one WebSocket client may watch.</summary>
    public int SymbolsPerSocket { get; init; } = 500;
}
