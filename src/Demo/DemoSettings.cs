using System.Globalization;
using Trading.Api.Configuration;
using Trading.Sandbox.CTrader;

namespace Trading.Demo;

/// <summary>The service's settings in the demo: the environment's, completed by what the demo makes itself.</summary>
internal static class DemoSettings
{
    private const string Issuer = "http://127.0.0.1/demo/auth/v1";

    /// <summary>True when a cTrader application is configured: then the real hosts are used and no sandbox.</summary>
    public static bool HasBroker(IReadOnlyDictionary<string, string> environment) =>
        environment.TryGetValue("CTRADER_CLIENT_ID", out var id) && !string.IsNullOrWhiteSpace(id);

    /// <summary>The settings.</summary>
    /// <exception cref="SettingsException">The environment holds something wrong.</exception>
    public static ServiceSettings Read(
        IReadOnlyDictionary<string, string> environment,
        DemoOptions options,
        CTraderSandbox? sandbox
    )
    {
        var variables = new Dictionary<string, string>(environment, StringComparer.Ordinal)
        {
            ["HOST"] = "127.0.0.1",
            ["PORT"] = options.Port.ToString(CultureInfo.InvariantCulture),
            ["TRADING_DATA"] = options.DataFolder,
        };
        // The tick streamer's HOST names the broker's server: it keeps that meaning.
        if (
            environment.TryGetValue("HOST", out var host)
            && host.EndsWith("ctraderapi.com", StringComparison.OrdinalIgnoreCase)
        )
        {
            variables.TryAdd("CTRADER_HOST", host);
        }

        variables.TryAdd("TRADING_LOGS", options.File("logs"));
        variables.TryAdd("PUBLIC_TICKS", "true");
        // Everybody here is the same person on the same machine.
        variables.TryAdd("RATE_LIMIT_PER_MINUTE", "0");
        variables.TryAdd("MAX_SOCKETS_PER_CLIENT", "5000");
        if (!variables.ContainsKey("SUPABASE_URL") && !variables.ContainsKey("SUPABASE_JWT_SECRET"))
        {
            variables["SUPABASE_JWT_SECRET"] = KeyFiles.ReadOrMake(
                options.File("jwt.secret"),
                Convert.ToHexStringLower
            );
            variables["JWT_ISSUER"] = Issuer;
        }

        if (sandbox is not null)
        {
            variables["CTRADER_CLIENT_ID"] = "sandbox-app";
            variables["CTRADER_CLIENT_SECRET"] = "sandbox-secret";
            variables["CTRADER_HOST"] = "127.0.0.1";
            variables["CTRADER_PORT"] = sandbox.Port.ToString(CultureInfo.InvariantCulture);
            variables["CTRADER_CA"] = options.File("sandbox-ca.pem");
            variables["CTRADER_AUTHORIZE_URL"] = new Uri(
                sandbox.OAuthAddress,
                "my/settings/openapi/grantingaccess"
            ).ToString();
            variables["CTRADER_TOKEN_URL"] = new Uri(sandbox.OAuthAddress, "apps/token").ToString();
            foreach (
                var name in (ReadOnlySpan<string>)
                    ["CTRADER_ACCESS_TOKEN", "CTRADER_ACCOUNT_ID", "CTRADER_REFRESH_TOKEN"]
            )
            {
                variables.Remove(name);
            }
        }

        return SettingsReader.Read(variables);
    }
}
