using System.Security.Cryptography;
using System.Text;

namespace Trading.Sandbox.CTrader.OAuth;

/// <summary>
/// Access tokens of thirty days, refresh tokens and codes for one use. Names come from the seed and a counter, so a run can
/// be repeated. Not thread-safe; the world's lock guards it.
/// </summary>
internal sealed class TokenStore(int seed, TimeProvider time)
{
    public const long LifetimeSeconds = 2_628_000;

    private static readonly TimeSpan s_codeLifetime = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Grant> _byAccess = [];
    private readonly Dictionary<string, Grant> _byRefresh = [];
    private readonly Dictionary<string, Consent> _codes = [];
    private long _issued;

    /// <summary>Every access token that is, or was, good and has not been replaced.</summary>
    public IEnumerable<Grant> Grants => _byAccess.Values;

    public Grant Issue(
        long userId,
        Scope scope,
        IReadOnlyList<long> accounts,
        string? access = null,
        string? refresh = null
    )
    {
        var grant = new Grant(userId, scope, accounts)
        {
            AccessToken = access ?? Name("access"),
            RefreshToken = refresh ?? Name("refresh"),
            ExpiresAt = Now + LifetimeSeconds * 1_000,
        };
        _byAccess[grant.AccessToken] = grant;
        _byRefresh[grant.RefreshToken] = grant;
        return grant;
    }

    public Grant? Find(string accessToken) => _byAccess.GetValueOrDefault(accessToken);

    public bool IsExpired(Grant grant) => grant.ExpiresAt <= Now;

    /// <summary>Swaps a refresh token for a new pair; the old access token dies with it. Null when it was used or never given.</summary>
    public (Grant Old, Grant New)? Refresh(string refreshToken)
    {
        if (!_byRefresh.Remove(refreshToken, out var old))
        {
            return null;
        }

        _byAccess.Remove(old.AccessToken);
        return (old, Issue(old.UserId, old.Scope, old.AccountIds));
    }

    public void Expire(Grant grant) => Replace(grant, grant with { ExpiresAt = Now });

    /// <summary>Takes back access and refresh token.</summary>
    public void Revoke(Grant grant)
    {
        _byAccess.Remove(grant.AccessToken);
        _byRefresh.Remove(grant.RefreshToken);
    }

    public string NewCode(string redirectUri, long userId, Scope scope, IReadOnlyList<long> accounts)
    {
        var code = Name("code");
        _codes[code] = new Consent(redirectUri, userId, scope, accounts, time.GetUtcNow() + s_codeLifetime);
        return code;
    }

    /// <summary>Swaps a code for tokens. Null when it is unknown, used, older than a minute or meant for another address.</summary>
    public Grant? Exchange(string code, string redirectUri) =>
        _codes.Remove(code, out var consent) && consent.Ends > time.GetUtcNow() && consent.RedirectUri == redirectUri
            ? Issue(consent.UserId, consent.Scope, consent.Accounts)
            : null;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Replace(Grant old, Grant next)
    {
        _byAccess[old.AccessToken] = next;
        if (_byRefresh.ContainsKey(old.RefreshToken))
        {
            _byRefresh[old.RefreshToken] = next;
        }
    }

    private string Name(string kind) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}:{seed}:{++_issued}")))[..48];

    private sealed record Consent(
        string RedirectUri,
        long UserId,
        Scope Scope,
        IReadOnlyList<long> Accounts,
        DateTimeOffset Ends
    );
}
