using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Trading.Api.Access;
using Trading.Api.Configuration;

namespace Trading.Api.Live;

/// <summary>The opening handshake of RFC 6455. Done here rather than by the framework because ready frames are written to
/// the bare connection.</summary>
internal static class Handshake
{
    private static readonly byte[] Salt = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8.ToArray();
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PongWithin = TimeSpan.FromSeconds(20);

    /// <summary>Takes over the connection as a WebSocket; null when the request is no proper handshake, and then the answer
    /// is written already.</summary>
    public static async Task<ClientSocket?> AcceptAsync(HttpContext context, LimitSettings limits)
    {
        var request = context.Request;
        var key = request.Headers.SecWebSocketKey.ToString();
        var upgrade = context.Features.Get<IHttpUpgradeFeature>();
        var asks = HttpMethods.IsGet(request.Method) && Credentials.IsWebSocket(context);
        if (upgrade is not { IsUpgradableRequest: true } || !asks)
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return null;
        }

        if (request.Headers.SecWebSocketVersion != "13" || !IsNonce(key))
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return null;
        }

        var response = context.Response;
        response.Headers.Connection = "Upgrade";
        response.Headers.Upgrade = "websocket";
        response.Headers.SecWebSocketAccept = Convert.ToBase64String(
            SHA1.HashData([.. Encoding.ASCII.GetBytes(key), .. Salt])
        );
        var subprotocol = OffersBearer(request) ? Credentials.Subprotocol : null;
        if (subprotocol is not null)
        {
            response.Headers.SecWebSocketProtocol = subprotocol;
        }

        var gate = new FrameGate(await upgrade.UpgradeAsync());
        var socket = WebSocket.CreateFromStream(
            gate,
            new WebSocketCreationOptions
            {
                IsServer = true,
                SubProtocol = subprotocol,
                KeepAliveInterval = PingEvery,
                KeepAliveTimeout = PongWithin,
            }
        );
        return new(socket, gate, limits, context.Abort);
    }

    private static bool OffersBearer(HttpRequest request) =>
        request.Headers.SecWebSocketProtocol.ToString().Split(',', StringSplitOptions.TrimEntries)[0]
        == Credentials.Subprotocol;

    private static bool IsNonce(string key)
    {
        Span<byte> nonce = stackalloc byte[24];
        return Convert.TryFromBase64String(key, nonce, out var length) && length == 16;
    }
}
