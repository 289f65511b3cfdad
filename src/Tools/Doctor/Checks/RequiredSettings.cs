namespace Trading.Tools.Doctor.Checks;

/// <summary>Without these the service does not start, or nobody can sign in.</summary>
internal sealed class RequiredSettings : ICheck
{
    private static readonly string[] Broker = ["CTRADER_CLIENT_ID", "CTRADER_CLIENT_SECRET"];
    private static readonly string[] WithServer = ["TRADING_API_KEY", "TRADING_MASTER_KEY"];
    private static readonly string[] Issuer =
    [
        "SUPABASE_URL",
        "SUPABASE_JWT_SECRET",
        "SUPABASE_JWKS_URL",
        "SUPABASE_JWKS_FILE",
    ];

    public string Name => "required settings";

    public Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var settings = installation.Settings;
        var missing = (installation.IsPrivate ? Broker : [.. Broker, .. WithServer])
            .Where(name => settings[name] is null)
            .ToList();
        if (missing.SequenceEqual(Broker) && installation.IsDemo)
        {
            return Task.FromResult(
                Diagnosis.Warn(
                    "No broker is named. This is the data folder of a demo, which brings its own sandbox and token issuer.",
                    "Nothing for the demo. To trade at a broker set CTRADER_CLIENT_ID and CTRADER_CLIENT_SECRET: "
                        + "https://openapi.ctrader.com/apps."
                )
            );
        }

        if (missing.Count > 0)
        {
            return Task.FromResult(
                Diagnosis.Fail(
                    $"Missing: {string.Join(", ", missing)}.",
                    "Set them in the environment or in .env. Broker: https://openapi.ctrader.com/apps. Keys: "
                        + "openssl rand -hex 32 for the API key, openssl rand -base64 32 for the master key."
                )
            );
        }

        if (Issuer.All(name => settings[name] is null))
        {
            return Task.FromResult(
                Diagnosis.Warn(
                    "No token issuer is named, so no user can sign in.",
                    "Set SUPABASE_URL, or JWT_ISSUER with SUPABASE_JWT_SECRET or SUPABASE_JWKS_FILE."
                )
            );
        }

        return Task.FromResult(
            settings["SUPABASE_URL"] is null && settings["JWT_ISSUER"] is null
                ? Diagnosis.Fail(
                    "There are keys to verify tokens, but no issuer to compare them with.",
                    "Set SUPABASE_URL or JWT_ISSUER."
                )
                : Diagnosis.Ok("All are there.")
        );
    }
}
