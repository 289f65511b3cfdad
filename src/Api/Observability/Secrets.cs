using Serilog.Events;
using Serilog.Formatting;
using Trading.Api.Configuration;

namespace Trading.Api.Observability;

/// <summary>The secrets this process was given. Kept in one place so that the log can make sure none of them gets out.
/// </summary>
internal sealed class Secrets
{
    private const string Mask = "[secret]";
    private readonly string[] _values;

    /// <summary>Gathers what the settings hold.</summary>
    public Secrets(ServiceSettings settings)
    {
        string?[] values =
        [
            settings.ApiKey,
            settings.AuditorKey,
            settings.MetricsKey,
            settings.MasterKey is { } key ? Convert.ToBase64String(key) : null,
            .. settings.FormerMasterKeys.Select(Convert.ToBase64String),
            settings.Tokens.Secret,
            settings.CTrader.ClientSecret,
            settings.CTrader.Feed?.AccessToken,
            settings.CTrader.Feed?.RefreshToken,
            settings.Postgres is { } text ? new Npgsql.NpgsqlConnectionStringBuilder(text).Password : null,
        ];
        // Shorter ones would blank out ordinary words.
        _values = [.. values.OfType<string>().Where(value => value.Length >= 6).Distinct()];
    }

    /// <summary>The text without any of the secrets.</summary>
    public string Cover(string text)
    {
        foreach (var secret in _values)
        {
            if (text.Contains(secret, StringComparison.Ordinal))
            {
                text = text.Replace(secret, Mask, StringComparison.Ordinal);
            }
        }

        return text;
    }
}

/// <summary>The last line of defence: whatever a log line was made of, exceptions included, no secret of the settings
/// leaves in it. No log call takes one on purpose.</summary>
internal sealed class SecretMask(ITextFormatter inner, Secrets secrets) : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter();
        inner.Format(logEvent, line);
        output.Write(secrets.Cover(line.ToString()));
    }
}
