using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Trading.Api.Configuration;
using Trading.Domain;

namespace Trading.Api.Access;

/// <summary>Tells whose token it is. A token is believed when its signature, by a key that allows only the token's
/// algorithm, its issuer, audience, role, subject and times are all right.</summary>
public sealed class TokenVerifier : IDisposable
{
    /// <summary>Longest token that is looked at, in characters.</summary>
    private const int LongestToken = 8 * 1024;

    private const string NotSignedIn = "The token is not a signed-in user's.";

    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = LongestToken };

    private readonly TokenIssuerSettings _settings;
    private readonly TimeProvider _time;
    private readonly SymmetricSecurityKey? _shared;
    private readonly KeySet? _published;
    private readonly HttpClient? _http;
    private readonly VerifiedTokens _verified;

    /// <summary>A verifier for one issuer.</summary>
    public TokenVerifier(TokenIssuerSettings settings, TimeProvider time, ILogger<TokenVerifier> logger)
    {
        _settings = settings;
        _time = time;
        _verified = new(time);
        _shared = settings.Secret is { } secret ? new(Encoding.UTF8.GetBytes(secret)) : null;
        if (settings.KeySetFile is { } file)
        {
            _published = new(() => File.ReadAllBytesAsync(file), time, logger);
        }
        else if (settings.KeySetUrl is { } url)
        {
            _http = new() { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = 256 * 1024 };
            // The bytes, for JSON is UTF-8 whatever the answer's header calls it.
            _published = new(() => _http.GetByteArrayAsync(url), time, logger);
        }
    }

    /// <summary>Checks a token. One that was checked before is looked up, until it ends and for at most ten minutes.</summary>
    public ValueTask<TokenCheck> CheckAsync(string token, CancellationToken cancellation)
    {
        if (token.Length > LongestToken)
        {
            return ValueTask.FromResult<TokenCheck>(new TokenCheck.Invalid("The token is too long."));
        }

        var key = VerifiedTokens.KeyOf(token);
        return _verified.Find(key) is { } known
            ? ValueTask.FromResult<TokenCheck>(known)
            : CheckNewAsync(token, key, cancellation);
    }

    private async ValueTask<TokenCheck> CheckNewAsync(
        string token,
        VerifiedTokens.Key key,
        CancellationToken cancellation
    )
    {
        if (Read(token) is not { } jwt)
        {
            return new TokenCheck.Invalid("Invalid token");
        }

        if (_settings.Issuer is null)
        {
            return new TokenCheck.Invalid("This service has no token issuer configured.");
        }

        var candidates = await CandidatesAsync(jwt, cancellation);
        if (candidates is null)
        {
            return new TokenCheck.Undecided("The token issuer's keys cannot be read at the moment.");
        }

        var validated = await Handler.ValidateTokenAsync(jwt, Expected(jwt.Alg, candidates));
        var check = validated.IsValid ? CheckClaims(jwt) : new TokenCheck.Invalid(ReasonOf(validated.Exception));
        if (check is TokenCheck.Valid valid)
        {
            _verified.Keep(key, valid);
        }

        return check;
    }

    // Null when it is no signed token, or one that wants to be understood in ways that nobody here knows (crit).
    private static JsonWebToken? Read(string token)
    {
        try
        {
            var jwt = new JsonWebToken(token);
            return jwt.TryGetHeaderValue<object>("crit", out _) ? null : jwt;
        }
        catch (Exception wrong)
            when (wrong is ArgumentException or FormatException or JsonException or SecurityTokenException)
        {
            return null;
        }
    }

    private async ValueTask<IReadOnlyList<SecurityKey>?> CandidatesAsync(
        JsonWebToken jwt,
        CancellationToken cancellation
    ) =>
        jwt.Alg switch
        {
            SecurityAlgorithms.HmacSha256 => _shared is null ? [] : [_shared],
            SecurityAlgorithms.EcdsaSha256 or SecurityAlgorithms.RsaSha256 when _published is not null =>
                await _published.FindAsync(jwt.Alg, jwt.Kid is { Length: > 0 } id ? id : null, cancellation),
            _ => [],
        };

    private TokenValidationParameters Expected(string algorithm, IReadOnlyList<SecurityKey> keys) =>
        new()
        {
            ValidAlgorithms = [algorithm],
            IssuerSigningKeyResolver = (_, _, _, _) => keys,
            ValidIssuer = _settings.Issuer,
            ValidAudience = _settings.Audience,
            IgnoreTrailingSlashWhenValidatingAudience = false,
            // Against the clock given here, which the library cannot be told of.
            ValidateLifetime = false,
            LogValidationExceptions = false,
        };

    private static string ReasonOf(Exception refused) =>
        refused switch
        {
            SecurityTokenInvalidIssuerException => "The token is from another issuer.",
            SecurityTokenInvalidAudienceException => NotSignedIn,
            _ => "Invalid token",
        };

    // What the library does not know of: all of it to the letter, for a guess could only give too much.
    private TokenCheck CheckClaims(JsonWebToken jwt)
    {
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(jwt.EncodedPayload));
        var claims = payload.RootElement;
        var now = _time.GetUtcNow().UtcDateTime;
        if (jwt.ValidTo == default)
        {
            return new TokenCheck.Invalid("The token has no end.");
        }

        if (now - Skew >= jwt.ValidTo)
        {
            return new TokenCheck.Invalid("Token expired");
        }

        if (jwt.ValidFrom > now + Skew || jwt.IssuedAt > now + Skew)
        {
            return new TokenCheck.Invalid("The token is not valid yet.");
        }

        if (Text(claims, "role") != _settings.Role)
        {
            return new TokenCheck.Invalid(NotSignedIn);
        }

        if (Text(claims, "sub") is not { Length: > 0 } subject)
        {
            return new TokenCheck.Invalid("The token names no user: it has no sub.");
        }

        if (!Guid.TryParseExact(subject, "D", out var id))
        {
            return new TokenCheck.Invalid("The token's sub is not a UUID.");
        }

        var userId = id.ToString("D");
        var email = Text(claims, "email") is { Length: > 0 and <= 320 } address ? address : null;
        return new TokenCheck.Valid(
            new(UserKey.Of(userId), userId, email, new(jwt.ValidTo)) { Roles = RoleClaim.Read(claims) }
        );
    }

    private static string? Text(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _published?.Dispose();
        _http?.Dispose();
    }
}
