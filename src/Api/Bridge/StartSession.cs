using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Domain.Events;
using Trading.Domain.Sessions;
using Trading.Projections.Sessions;
using SessionState = Trading.Projections.Sessions.SessionState;

namespace Trading.Api.Bridge;

/// <summary><c>POST /api/start-websocket</c>: runs a user's session from now on.</summary>
internal static class StartSession
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/start-websocket", Answer)
            .ForBridge()
            .WithTags("Bridge")
            .WithSummary("Starts a user's session, one's own with a token, and waits up to 10 s until it is connected.")
            .Produces<StartAnswer>()
            .Fails(
                StatusCodes.Status404NotFound,
                StatusCodes.Status428PreconditionRequired,
                StatusCodes.Status502BadGateway
            );

    private static async Task<IResult> Answer(
        UserRequest request,
        Identity who,
        UserNames names,
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

        var start = new SessionCommand.Start(user, "bridge") { At = time.GetUtcNow() };
        return await desk.SendAsync(user, start, context.RequestAborted) is { } refusal
            ? refusal
            : Describe(await desk.WaitUntilSettledAsync(user, Patience, context.RequestAborted));
    }

    private static IResult Describe(SessionView? session) =>
        session switch
        {
            { State: SessionState.Failed } => new ApiError(
                $"The broker refused: {SessionReason.Of(session.Reason, session.Code)}",
                "BROKER_REFUSED"
            ).With(StatusCodes.Status502BadGateway),
            { IsConnected: true } => Started("WebSocket connection started", session),
            { Reason.Length: > 0 } => Started(
                $"WebSocket connection is being retried: {SessionReason.Of(session.Reason, session.Code)}",
                session
            ),
            _ => Started("WebSocket connection is being established", session),
        };

    private static IResult Started(string message, SessionView? session) =>
        TypedResults.Json(
            new StartAnswer(
                true,
                message,
                session?.Account?.Value,
                session?.Environment switch
                {
                    BrokerEnvironment.Demo => true,
                    BrokerEnvironment.Live => false,
                    _ => null,
                }
            ),
            ApiJson.Default.StartAnswer
        );
}
