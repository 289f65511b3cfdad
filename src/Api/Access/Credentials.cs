using System.Net;

namespace Trading.Api.Access;

/// <summary>Where a caller's credentials and address stand in a request.</summary>
internal static class Credentials
{
    /// <summary>The subprotocol under which a browser's WebSocket may carry its token.</summary>
    public const string Subprotocol = "bearer";

    /// <summary>The header of an API key.</summary>
    public const string KeyHeader = "X-Api-Key";

    /// <summary>The bearer token. A WebSocket may carry it in the query or as second subprotocol too, for browsers let a page
    /// set no header there.</summary>
    public static string? Bearer(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (header.Count == 1 && header[0] is { } text)
        {
            return text.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? text[7..].Trim() : null;
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

    /// <summary>Whose quota an anonymous request uses.</summary>
    public static string Address(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : address.ToString();
    }

    private static string? FromSubprotocol(HttpContext context)
    {
        var offered = context
            .Request.Headers.SecWebSocketProtocol.ToString()
            .Split(',', StringSplitOptions.TrimEntries);
        return offered is [Subprotocol, var token, ..] ? token : null;
    }
}
