using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Trading.Api.Configuration;

namespace Trading.Api.CTrader;

/// <summary>What swapping a code came to.</summary>
internal abstract record TokenOutcome
{
    private TokenOutcome() { }

    /// <summary>Tokens in the clear: to be sealed at once.</summary>
    public sealed record Granted(string AccessToken, string RefreshToken, DateTimeOffset? ExpiresAt) : TokenOutcome
    {
        public override string ToString() => "granted";
    }

    /// <summary>The broker refuses the code.</summary>
    public sealed record Refused(string Code) : TokenOutcome;

    /// <summary>The broker cannot be asked at the moment.</summary>
    public sealed record Unreachable : TokenOutcome;
}

/// <summary>Swaps a consent's code for tokens (cTrader Open API: a GET with query parameters; a failure may come with
/// status 200 and <c>errorCode</c> set).</summary>
internal sealed class TokenEndpoint(CTraderApplication application, TimeProvider time, ILogger<TokenEndpoint> logger)
    : IDisposable
{
    private readonly HttpClient _http = new()
    {
        Timeout = TimeSpan.FromSeconds(10),
        MaxResponseContentBufferSize = 64 * 1024,
    };

    /// <summary>Swaps a code.</summary>
    /// <param name="code">What the consent page sent along.</param>
    /// <param name="callback">Where it sent the browser to, as told when the consent began.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<TokenOutcome> ExchangeAsync(string code, string callback, CancellationToken cancellation)
    {
        var address = QueryHelpers.AddQueryString(
            application.TokenUrl.ToString(),
            new Dictionary<string, string?>
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = callback,
                ["client_id"] = application.ClientId,
                ["client_secret"] = application.ClientSecret,
            }
        );
        try
        {
            using var answer = await _http.GetAsync(address, cancellation);
            // The bytes, for JSON is UTF-8 whatever the answer's header calls it.
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation));
            if ((int)answer.StatusCode < 500)
            {
                return Read(body.RootElement);
            }

            Log.TokenEndpointFailed(logger, answer.StatusCode.ToString());
            return new TokenOutcome.Unreachable();
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // The address holds code and secret: only the kind of failure is logged.
            Log.TokenEndpointFailed(logger, failure.GetType().Name);
            return new TokenOutcome.Unreachable();
        }
    }

    private TokenOutcome Read(JsonElement body)
    {
        if (Text(body, "accessToken", "access_token") is not { Length: > 0 } access)
        {
            return new TokenOutcome.Refused(Text(body, "errorCode", "error") ?? "no token in the answer");
        }

        var life = Number(body, "expiresIn", "expires_in");
        return new TokenOutcome.Granted(
            access,
            Text(body, "refreshToken", "refresh_token") ?? "",
            life is > 0 and < 4_000_000_000 ? time.GetUtcNow().AddSeconds(life.Value) : null
        );
    }

    private static string? Text(JsonElement body, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (
                body.ValueKind == JsonValueKind.Object
                && body.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.String
            )
            {
                return value.GetString();
            }
        }

        return null;
    }

    private static long? Number(JsonElement body, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (
                body.TryGetProperty(name, out var value)
                && value.ValueKind == JsonValueKind.Number
                && value.TryGetInt64(out var number)
            )
            {
                return number;
            }
        }

        return null;
    }

    public void Dispose() => _http.Dispose();
}
