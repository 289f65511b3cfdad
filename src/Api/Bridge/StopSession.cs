using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Domain.Sessions;
using Trading.Projections.Sessions;
using SessionState = Trading.Projections.Sessions.SessionState;

namespace Trading.Api.Bridge;

/// <summary><c>POST /api/stop-websocket</c>: ends a user's session until it is started again.</summary>
internal static class StopSession
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/stop-websocket", Answer)
            .ForBridge()
            .WithTags("Bridge")
            .WithSummary("Stops a user's session, one's own with a token.")
            .Produces<StopAnswer>()
            .Fails(StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(
        UserRequest request,
        Identity who,
        UserNames names,
        SessionQueries sessions,
        SessionDesk desk,
        AuditTrail trail,
        TimeProvider time,
        HttpContext context
    )
    {
        var (found, refused) = await BridgeUser.FindAsync(request.UserId, who, names, context.RequestAborted);
        if (refused is not null)
        {
            return refused;
        }

        if (found is not { } user)
        {
            return SessionDesk.UnknownUser;
        }

        if (who.User?.Key != user)
        {
            // The answer tells how the account stands.
            await trail.RecordAsync(context, [("user", user.Value)], context.RequestAborted);
        }

        var before = (await sessions.FindAsync(user, context.RequestAborted))?.Session;
        var stop = new SessionCommand.Stop("asked for over the bridge") { At = time.GetUtcNow() };
        if (await desk.SendAsync(user, stop, context.RequestAborted) is { } refusal)
        {
            return refusal;
        }

        var wasRunning = before?.State is not (null or SessionState.Idle or SessionState.Stopped);
        return TypedResults.Json(
            new StopAnswer(
                true,
                wasRunning ? "WebSocket connection stopped" : "WebSocket connection was not running",
                before?.IsConnected == true
            ),
            ApiJson.Default.StopAnswer
        );
    }
}
