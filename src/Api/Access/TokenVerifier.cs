using System.Text;
using Trading.Api.Configuration;
using Trading.Domain;

namespace Trading.Api.Access;

/// <summary>Tells whose token it is. A token is believed when its signature, by a key that allows only the token's
/// algorithm, its issuer, audience, role, subject and times are all right.</summary>
public sealed class TokenVerifier : IDisposable
{
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    private readonly TokenIssuerSettings _settings;
    private readonly TimeProvider _time;
    private readonly VerificationKey? _shared;
    private readonly KeySet? _published;
    private readonly HttpClient? _http;
    private readonly VerifiedTokens _verified;

    /// <summary>A verifier for one issuer.</summary>
    public TokenVerifier(TokenIssuerSettings settings, TimeProvider time, ILogger<TokenVerifier> logger)
    {
        _settings = settings;
        _time = time;
        _verified = new(time);
        _shared = settings.Secret is { } secret ? new VerificationKey.Shared(Encoding.UTF8.GetBytes(secret)) : null;
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
        if (token.Length > Jwt.MaxLength)
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
        if (Jwt.Parse(token) is not { } jwt)
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

        if (!candidates.Any(candidate => candidate.Verify(jwt.SignedPart, jwt.Signature)))
        {
            return new TokenCheck.Invalid("Invalid token");
        }

        var check = CheckClaims(jwt);
        if (check is TokenCheck.Valid valid)
        {
            _verified.Keep(key, valid);
        }

        return check;
    }

    private async ValueTask<IReadOnlyList<VerificationKey>?> CandidatesAsync(Jwt jwt, CancellationToken cancellation) =>
        jwt.Algorithm switch
        {
            "HS256" => _shared is null ? [] : [_shared],
            "ES256" or "RS256" when _published is not null => await _published.FindAsync(
                jwt.Algorithm,
                jwt.KeyId,
                cancellation
            ),
            _ => [],
        };

    private TokenCheck CheckClaims(Jwt jwt)
    {
        var now = _time.GetUtcNow();
        if (jwt.Moment("exp") is not { } expires)
        {
            return new TokenCheck.Invalid("The token has no end.");
        }

        if (now >= expires + Skew)
        {
            return new TokenCheck.Invalid("Token expired");
        }

        if (jwt.Moment("nbf") > now + Skew || jwt.Moment("iat") > now + Skew)
        {
            return new TokenCheck.Invalid("The token is not valid yet.");
        }

        if (jwt.Text("iss") != _settings.Issuer)
        {
            return new TokenCheck.Invalid("The token is from another issuer.");
        }

        if (!jwt.IsFor(_settings.Audience) || jwt.Text("role") != _settings.Role)
        {
            return new TokenCheck.Invalid("The token is not a signed-in user's.");
        }

        if (jwt.Text("sub") is not { Length: > 0 } subject)
        {
            return new TokenCheck.Invalid("The token names no user: it has no sub.");
        }

        if (!Guid.TryParseExact(subject, "D", out var id))
        {
            return new TokenCheck.Invalid("The token's sub is not a UUID.");
        }

        var userId = id.ToString("D");
        var email = jwt.Text("email") is { Length: > 0 and <= 320 } address ? address : null;
        return new TokenCheck.Valid(
            new(UserKey.Of(userId), userId, email, expires) { Roles = RoleClaim.Read(jwt.Claims) }
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _published?.Dispose();
        _http?.Dispose();
    }
}
