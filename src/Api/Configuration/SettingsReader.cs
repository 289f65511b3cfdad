using System.Net;
using Trading.Configuration;
using Trading.Domain.Events;

namespace Trading.Api.Configuration;

/// <summary>Turns environment variables, and a <c>.env</c> file behind them, into settings. The customer's names work as
/// they are; see <c>docs/configuration.md</c>.</summary>
public static class SettingsReader
{
    private const string BrokerDomain = "ctraderapi.com";
    private const int DefaultPort = 8080;

    /// <summary>Reads the process environment, completed by <c>.env</c> in the current folder.</summary>
    /// <exception cref="SettingsException">Anything missing or wrong; all problems at once.</exception>
    public static ServiceSettings FromEnvironment() => Read(Environment());

    /// <summary>The process environment, completed by <c>.env</c> in the current folder. The environment wins.</summary>
    /// <exception cref="SettingsException">The file cannot be read or understood.</exception>
    public static Dictionary<string, string> Environment()
    {
        try
        {
            return EnvironmentVariables.Read();
        }
        catch (SettingsFileException wrong)
        {
            throw new SettingsException([wrong.Message]);
        }
    }

    /// <summary>Reads the given variables.</summary>
    /// <exception cref="SettingsException">Anything missing or wrong; all problems at once.</exception>
    public static ServiceSettings Read(IReadOnlyDictionary<string, string> values)
    {
        var variables = new Variables(values);
        var places = Places.Of(variables);
        var embedded = !variables.Has("TRADING_POSTGRES");
        var settings = new ServiceSettings
        {
            Listen = new(places.Address, places.Port),
            BothLoopbacks = places.BothLoopbacks,
            TrustedProxies = ReadNetworks(variables, "TRUSTED_PROXIES"),
            PathBase = ReadPathBase(variables),
            WebSocketPort = places.WebSocketPort,
            DataFolder = variables.Text("TRADING_DATA") ?? ".data",
            Postgres = ReadPostgres(variables),
            ApiKey = ReadApiKey(variables, embedded),
            AuditorKey = ReadRoleKey(variables, "TRADING_AUDITOR_KEY", "TRADING_API_KEY"),
            MetricsKey = ReadRoleKey(variables, "TRADING_METRICS_KEY", "TRADING_API_KEY", "TRADING_AUDITOR_KEY"),
            KeyNetworks = ReadNetworks(variables, "TRADING_API_KEY_NETWORKS"),
            MasterKey = ReadMasterKey(variables, embedded),
            FormerMasterKeys = ReadFormerMasterKeys(variables),
            Tokens = ReadTokens(variables),
            CTrader = ReadCTrader(variables, places),
            Limits = ReadLimits(variables),
            CorsOrigins = ReadOrigins(variables),
            PublicTicks = variables.Flag("PUBLIC_TICKS"),
            OtlpEndpoint = variables.Url("OTEL_EXPORTER_OTLP_ENDPOINT", plainAllowed: true),
            LogFolder = variables.Text("TRADING_LOGS"),
            LogLevel = variables.Choice("LOG_LEVEL", "information", "debug", "information", "warning", "error"),
            ShutdownDelay = TimeSpan.FromSeconds(variables.Number("SHUTDOWN_DELAY_SECONDS", 0, 0, 60)),
        };
        return variables.Problems.Count == 0 ? settings : throw new SettingsException(variables.Problems);
    }

    private static string? ReadPostgres(Variables variables)
    {
        var text = variables.Text("TRADING_POSTGRES");
        if (text is null)
        {
            return null;
        }

        try
        {
            return new Npgsql.NpgsqlConnectionStringBuilder(text).ConnectionString;
        }
        catch (ArgumentException)
        {
            variables.Problem(
                "TRADING_POSTGRES",
                "is not a connection string such as Host=db;Database=trading;Username=u."
            );
            return null;
        }
    }

    private static string? ReadApiKey(Variables variables, bool embedded)
    {
        var key = variables.Text("TRADING_API_KEY");
        if (key is null && !embedded)
        {
            variables.Problem("TRADING_API_KEY", "is missing: with TRADING_POSTGRES no key is made for you.");
        }
        else if (key is { Length: < 16 })
        {
            variables.Problem("TRADING_API_KEY", "must have at least 16 characters.");
        }

        return key;
    }

    private static string? ReadRoleKey(Variables variables, string name, params ReadOnlySpan<string> others)
    {
        var key = variables.Text(name);
        if (key is { Length: < 16 })
        {
            variables.Problem(name, "must have at least 16 characters.");
        }

        foreach (var other in others)
        {
            if (key is not null && key == variables.Text(other))
            {
                variables.Problem(name, $"must be another key than {other}.");
            }
        }

        return key;
    }

    private static IReadOnlyList<IPNetwork> ReadNetworks(Variables variables, string name)
    {
        if (Networks.Read(variables.Text(name) ?? "") is { } networks)
        {
            return networks;
        }

        variables.Problem(name, "must list addresses or networks such as 10.0.0.0/8, fd00::/8 or 192.0.2.7.");
        return [];
    }

    private static string ReadPathBase(Variables variables)
    {
        var path = (variables.Text("PATH_BASE") ?? "").TrimEnd('/');
        if (path.Length > 0 && !path.StartsWith('/'))
        {
            path = "/" + path;
        }

        if (path.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_' or '.' or '~'))
        {
            return path;
        }

        variables.Problem("PATH_BASE", "must be a path such as /trading.");
        return "";
    }

    private static byte[]? ReadMasterKey(Variables variables, bool embedded)
    {
        var text = variables.Text(MasterKeyText.Variable);
        if (text is null)
        {
            if (!embedded)
            {
                variables.Problem(MasterKeyText.Variable, "is missing: with TRADING_POSTGRES no key is made for you.");
            }

            return null;
        }

        if (MasterKeyText.Parse(text) is { } key)
        {
            return key;
        }

        variables.Problem(MasterKeyText.Variable, "must be 32 bytes in base64 (openssl rand -base64 32).");
        return null;
    }

    private static IReadOnlyList<byte[]> ReadFormerMasterKeys(Variables variables)
    {
        var (keys, elements) = MasterKeyText.ParseList(variables.Text(MasterKeyText.FormerVariable));
        if (keys.Count < elements)
        {
            variables.Problem(MasterKeyText.FormerVariable, "must be keys of 32 bytes in base64, separated by commas.");
        }

        return keys;
    }

    private static TokenIssuerSettings ReadTokens(Variables variables)
    {
        var project = variables.Url("SUPABASE_URL");
        var root = project?.ToString().TrimEnd('/');
        var secret = variables.Text("SUPABASE_JWT_SECRET");
        var file = variables.ExistingFile("SUPABASE_JWKS_FILE");
        var keys = variables.Url("SUPABASE_JWKS_URL");
        var issuer = variables.Text("JWT_ISSUER") ?? (root is null ? null : $"{root}/auth/v1");
        if (secret is not null && System.Text.Encoding.UTF8.GetByteCount(secret) < 32)
        {
            variables.Problem("SUPABASE_JWT_SECRET", "must have at least 32 bytes.");
        }

        if (issuer is null && (secret is not null || file is not null || keys is not null))
        {
            variables.Problem(
                "SUPABASE_URL",
                "is missing (or JWT_ISSUER): without it the issuer of a token cannot be checked."
            );
        }

        return new()
        {
            Secret = secret,
            KeySetFile = file,
            KeySetUrl =
                keys ?? (file is null && root is not null ? new($"{root}/auth/v1/.well-known/jwks.json") : null),
            Issuer = issuer,
            Audience = variables.Text("JWT_AUDIENCE") ?? "authenticated",
        };
    }

    private static CTraderApplication ReadCTrader(Variables variables, Places places)
    {
        var defaults = new CTraderApplication();
        foreach (var name in (ReadOnlySpan<string>)["CTRADER_CLIENT_ID", "CTRADER_CLIENT_SECRET"])
        {
            if (!variables.Has(name))
            {
                variables.Problem(name, "is missing: create an application at https://openapi.ctrader.com/apps.");
            }
        }

        var scope = variables.Choice("CTRADER_SCOPE", "trading", "accounts", "trading");
        return defaults with
        {
            ClientId = variables.Text("CTRADER_CLIENT_ID") ?? "",
            ClientSecret = variables.Text("CTRADER_CLIENT_SECRET") ?? "",
            Host = places.BrokerHost,
            Port = places.BrokerPort,
            CertificateAuthority = variables.ExistingFile("CTRADER_CA"),
            Environment = places.Environment,
            Feed = ReadFeed(variables, places),
            AuthorizeUrl = variables.Url("CTRADER_AUTHORIZE_URL") ?? defaults.AuthorizeUrl,
            TokenUrl = variables.Url("CTRADER_TOKEN_URL") ?? defaults.TokenUrl,
            RedirectUrl = variables.Url("CTRADER_REDIRECT_URI"),
            ReturnUrl = variables.Url("CTRADER_RETURN_URL"),
            Scope = scope,
        };
    }

    private static ConfiguredFeed? ReadFeed(Variables variables, Places places)
    {
        var token = variables.Text("CTRADER_ACCESS_TOKEN");
        var account = variables.Text("CTRADER_ACCOUNT_ID");
        if (account is not null && !(long.TryParse(account, out var id) && id > 0))
        {
            variables.Problem("CTRADER_ACCOUNT_ID", "must be a positive whole number (the ctidTraderAccountId).");
        }

        switch (token, account)
        {
            case (null, not null):
                variables.Problem("CTRADER_ACCESS_TOKEN", "is missing: CTRADER_ACCOUNT_ID is of no use without it.");
                return null;
            case (not null, null):
                variables.Problem("CTRADER_ACCOUNT_ID", "is missing: CTRADER_ACCESS_TOKEN is of no use without it.");
                return null;
            case (null, null):
                return null;
            default:
                return new(token, variables.Text("CTRADER_REFRESH_TOKEN"), account, places.Environment);
        }
    }

    private static LimitSettings ReadLimits(Variables variables)
    {
        var defaults = new LimitSettings();
        return new()
        {
            RequestsPerMinute = variables.Number("RATE_LIMIT_PER_MINUTE", defaults.RequestsPerMinute, 0, 10_000_000),
            BodyBytes = variables.Number("MAX_BODY_BYTES", defaults.BodyBytes, 1_024, 10_000_000),
            SocketsPerClient = variables.Number("MAX_SOCKETS_PER_CLIENT", defaults.SocketsPerClient, 1, 1_000_000),
            Sockets = variables.Number("MAX_SOCKETS", defaults.Sockets, 1, 1_000_000),
            SymbolsPerSocket = variables.Number("MAX_SYMBOLS_PER_SOCKET", defaults.SymbolsPerSocket, 1, 100_000),
        };
    }

    private static IReadOnlyList<string> ReadOrigins(Variables variables)
    {
        var origins = (variables.Text("CORS_ORIGINS") ?? "").Split(
            ',',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
        );
        foreach (var origin in origins)
        {
            var isOrigin =
                Uri.TryCreate(origin, UriKind.Absolute, out var url)
                && url.Scheme is "http" or "https"
                && url.GetLeftPart(UriPartial.Authority) == origin;
            if (origin != "*" && !isOrigin)
            {
                variables.Problem("CORS_ORIGINS", "must list origins such as https://app.example.com, or be *.");
            }
        }

        return origins;
    }

    /// <summary>Who listens where. HOST and PORT mean our own place to the bridge and cTrader's to the tick streamer: a HOST
    /// under ctraderapi.com tells that the tick streamer's meaning is intended.</summary>
    private sealed record Places(
        IPAddress Address,
        bool BothLoopbacks,
        int Port,
        int? WebSocketPort,
        string? BrokerHost,
        int BrokerPort,
        BrokerEnvironment Environment
    )
    {
        public static Places Of(Variables variables)
        {
            var host = variables.Text("HOST");
            var port = variables.Port("PORT");
            var webSocketPort = variables.Port("WS_PORT");
            var brokerHost = variables.Text("CTRADER_HOST");
            var brokerPort = variables.Has("CTRADER_PORT")
                ? variables.Number("CTRADER_PORT", 5035, 1, 65_535)
                : (int?)null;
            if (host is not null && host.EndsWith(BrokerDomain, StringComparison.OrdinalIgnoreCase))
            {
                brokerHost ??= host;
                brokerPort ??= port;
                (host, port, webSocketPort) = (null, webSocketPort ?? DefaultPort, null);
            }

            var environment =
                variables.Choice(
                    "CTRADER_ENVIRONMENT",
                    brokerHost?.StartsWith("live.", StringComparison.OrdinalIgnoreCase) == true ? "live" : "demo",
                    "demo",
                    "live"
                ) == "live"
                    ? BrokerEnvironment.Live
                    : BrokerEnvironment.Demo;
            // The real hosts follow from the environment; naming one of them must not send the other's sessions there.
            var realHost = brokerHost?.EndsWith(BrokerDomain, StringComparison.OrdinalIgnoreCase) == true;
            return new(
                AddressOf(variables, host),
                string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase),
                port ?? DefaultPort,
                webSocketPort == port ? null : webSocketPort,
                realHost ? null : brokerHost,
                brokerPort ?? 5035,
                environment
            );
        }

        private static IPAddress AddressOf(Variables variables, string? host)
        {
            switch (host?.ToLowerInvariant())
            {
                case null or "*":
                    // In both families, as the server listens there.
                    return IPAddress.IPv6Any;
                case "localhost":
                    return IPAddress.Loopback;
                default:
                    if (IPAddress.TryParse(host, out var address))
                    {
                        return address;
                    }

                    variables.Problem("HOST", "must be an IP address to listen on, localhost, *, or a cTrader host.");
                    return IPAddress.Loopback;
            }
        }
    }
}
