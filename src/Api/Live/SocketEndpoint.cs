using System.Net.WebSockets;
using Trading.Api.Access;
using Trading.Api.Configuration;

namespace Trading.Api.Live;

/// <summary>The life of any WebSocket here: a place, the handshake, the session, the parting.</summary>
internal sealed class SocketEndpoint(SocketQuota quota, ServiceSettings settings, Lifetime lifetime, TimeProvider time)
{
    /// <summary>Serves a session on the request's connection, until the client leaves, its token ends, or the service
    /// stops.</summary>
    public async Task ServeAsync(HttpContext context, Func<ClientSocket, CancellationToken, Task> serve)
    {
        var user = context.Features.Get<User>();
        using var place = quota.Enter(user?.Key.Value ?? Credentials.Address(context));
        if (place is null)
        {
            await new ApiError("Too many connections.", "TOO_MANY_CONNECTIONS")
                .With(StatusCodes.Status429TooManyRequests, TimeSpan.FromSeconds(5))
                .ExecuteAsync(context);
            return;
        }

        using var socket = await Handshake.AcceptAsync(context, settings.Limits);
        if (socket is null)
        {
            return;
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Stopping, context.RequestAborted);
        using var expiry = user is null ? null : new CancellationTokenSource(Remaining(user), time);
        await using var atStop = lifetime.Stopping.Register(() =>
            Part(socket, WebSocketCloseStatus.EndpointUnavailable, "the service is stopping")
        );
        await using var atExpiry = expiry?.Token.Register(() =>
            Part(socket, WebSocketCloseStatus.PolicyViolation, "token expired")
        );
        await Parting.AsMayBe(serve(socket, ending.Token));
    }

    private TimeSpan Remaining(User user)
    {
        var left = user.ExpiresAt - time.GetUtcNow();
        var longest = TimeSpan.FromDays(30);
        return left < TimeSpan.Zero ? TimeSpan.Zero
            : left > longest ? longest
            : left;
    }

    // Closing is bounded by its own patience and turns every failure into the end of the connection.
    private static void Part(ClientSocket socket, WebSocketCloseStatus status, string reason) =>
        _ = socket.CloseAsync(status, reason).AsTask();
}
