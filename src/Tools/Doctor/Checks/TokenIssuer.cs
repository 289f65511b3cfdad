using System.Text.Json;

namespace Trading.Tools.Doctor.Checks;

/// <summary>Users' tokens are verified with the keys that their issuer publishes: without them nobody gets in.</summary>
internal sealed class TokenIssuer : ICheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public string Name => "token issuer";

    public async Task<Diagnosis> ExamineAsync(Installation installation, CancellationToken cancellation)
    {
        var settings = installation.Settings;
        var place =
            settings["SUPABASE_JWKS_FILE"]
            ?? settings["SUPABASE_JWKS_URL"]
            ?? (
                settings["SUPABASE_URL"] is { } project ? $"{project.TrimEnd('/')}/auth/v1/.well-known/jwks.json" : null
            );
        if (place is null)
        {
            return settings["SUPABASE_JWT_SECRET"] is not null
                    ? Diagnosis.Ok("Tokens are verified with the shared secret alone.")
                : installation.IsDemo ? Diagnosis.Ok("A demo is its own issuer.")
                : Diagnosis.Unknown("None is named.");
        }

        const string remedy =
            "Check SUPABASE_URL, SUPABASE_JWKS_URL or SUPABASE_JWKS_FILE; open the address in a browser on this machine.";
        try
        {
            using var client = new HttpClient { Timeout = Patience, MaxResponseContentBufferSize = 256 * 1024 };
            var text = place.StartsWith("http", StringComparison.OrdinalIgnoreCase)
                ? await client.GetStringAsync(new Uri(place), cancellation)
                : await File.ReadAllTextAsync(place, cancellation);
            using var document = JsonDocument.Parse(text);
            var keys =
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("keys", out var list)
                && list.ValueKind == JsonValueKind.Array
                    ? list.GetArrayLength()
                    : -1;
            return keys switch
            {
                < 0 => Diagnosis.Fail($"{place} is no key set.", remedy),
                0 when settings["SUPABASE_JWT_SECRET"] is null => Diagnosis.Fail(
                    $"{place} holds no key, so no token can be verified.",
                    "The issuer still signs with its shared secret: set SUPABASE_JWT_SECRET, or let it publish keys."
                ),
                _ => Diagnosis.Ok($"{place} holds {keys} key(s)."),
            };
        }
        catch (Exception away)
            when (away
                    is HttpRequestException
                        or TaskCanceledException
                        or IOException
                        or UnauthorizedAccessException
                        or UriFormatException
                        or JsonException
            )
        {
            cancellation.ThrowIfCancellationRequested();
            return Diagnosis.Fail($"{place} cannot be read: {away.Message}", remedy);
        }
    }
}
