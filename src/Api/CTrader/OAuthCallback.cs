using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Extensions;
using Trading.Api.Configuration;

namespace Trading.Api.CTrader;

/// <summary>Where a consent ends, and the cookie by which the browser that began it is known again there.</summary>
/// <param name="Address">What the broker is told to send the browser back to.</param>
/// <param name="CookiePath">The part of that place which the cookie is for.</param>
/// <param name="Secure">The cookie is sent over TLS only.</param>
internal sealed record OAuthCallback(string Address, string CookiePath, bool Secure)
{
    /// <summary>The service's own path for it.</summary>
    public const string Path = "/ctrader/oauth/callback";

    private const string Cookie = "ctrader_oauth_state";
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>The configured place; without one this service, as the browser of the request reaches it.</summary>
    public static OAuthCallback Of(HttpRequest request, CTraderApplication application)
    {
        if (application.RedirectUrl is { } configured)
        {
            return new(configured.ToString(), FolderOf(configured.AbsolutePath), configured.Scheme == "https");
        }

        var host = request.Host.HasValue
            ? request.Host
            : new HostString("localhost", request.HttpContext.Connection.LocalPort);
        return new(
            UriHelper.BuildAbsolute(request.Scheme, host, request.PathBase, Path),
            FolderOf(request.PathBase.Add(Path).ToUriComponent()),
            request.IsHttps
        );
    }

    /// <summary>Gives the browser the state to keep.</summary>
    public void Remember(HttpResponse response, string state) => response.Cookies.Append(Cookie, state, Options(Life));

    /// <summary>Takes it away again.</summary>
    public void Forget(HttpResponse response) => response.Cookies.Delete(Cookie, Options(null));

    /// <summary>The state that this browser keeps; null when it began nothing.</summary>
    public static string? KeptBy(HttpRequest request) => request.Cookies[Cookie];

    /// <summary>True when this browser keeps the state. Takes the same time whatever it keeps.</summary>
    public static bool IsKeptBy(HttpRequest request, string state) =>
        KeptBy(request) is { } kept
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(kept), Encoding.UTF8.GetBytes(state));

    private CookieOptions Options(TimeSpan? life) =>
        new()
        {
            HttpOnly = true,
            Secure = Secure,
            SameSite = SameSiteMode.Lax,
            Path = CookiePath,
            MaxAge = life,
        };

    private static string FolderOf(string path) =>
        path[..path.LastIndexOf('/')] is { Length: > 0 } folder ? folder : "/";
}
