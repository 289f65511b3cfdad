using System.Net;
using Trading.Api.Configuration;

namespace Trading.Api.Access;

/// <summary>Where a caller's credentials and address stand in a request.</summary>
internal static class Credentials
{
    /// <summary>The subprotocol under which a browser's WebSocket may carry its token.</summary>
    public const string Subprotocol = "bearer";

    /// <summary>The header of an API key.</summary>
    public const string KeyHeader = "X-Api-Key";

    private const string Scheme = "Bearer ";

    /// <summary>The bearer token. A WebSocket may carry it in the query or as second subprotocol too, for browsers let a page
    /// set no header there. An <c>Authorization</c> of another scheme is no token: a proxy's own login may stand there.</summary>
    public static string? Bearer(HttpContext context)
    {
        string?[] bearers =
        [
            .. context.Request.Headers.Authorization.Where(one =>
                one?.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) == true
            ),
        ];
        if (bearers.Length > 0)
        {
            // Of several none is the one.
            return bearers is [{ } only] ? only[Scheme.Length..].Trim() : null;
        }

        if (!IsWebSocket(context))
        {
            return null;
        }

        string? query = context.Request.Query["token"];
        query ??= context.Request.Query["access_token"];
        return query ?? FromSubprotocol(context);
    }

    /// <summary>What may be the API key: <c>X-Api-Key</c>, otherwise the bearer.</summary>
    public static string? Key(HttpContext context) =>
        context.Request.Headers[KeyHeader] is [{ } key] ? key : Bearer(context);

    /// <summary>True when the request asks for a WebSocket.</summary>
    public static bool IsWebSocket(HttpContext context) =>
        string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whose quota an anonymous request uses: the client's address, told by trusted proxies if there are any.</summary>
    public static string Address(HttpContext context) =>
        Networks.Plain(context.Connection.RemoteIpAddress ?? IPAddress.None).ToString();

    private static string? FromSubprotocol(HttpContext context)
    {
        var offered = context
            .Request.Headers.SecWebSocketProtocol.ToString()
            .Split(',', StringSplitOptions.TrimEntries);
        return offered is [Subprotocol, var token, ..] ? token : null;
    }
}
