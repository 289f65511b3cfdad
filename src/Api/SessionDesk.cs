using Trading.Api.Observability;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.Projections.Running;
using Trading.Projections.Sessions;
using SessionState = Trading.Projections.Sessions.SessionState;

namespace Trading.Api;

/// <summary>Sends commands to sessions for the endpoints, and waits until the read models show what came of them.</summary>
internal sealed class SessionDesk(
    ISessionGateway gateway,
    SessionQueries sessions,
    ProjectionSet projections,
    IHttpContextAccessor requests,
    TimeProvider time
)
{
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>404: nobody by that name.</summary>
    public static ErrorResult UnknownUser { get; } =
        new ApiError("No such user has connected cTrader.", "USER_NOT_FOUND", "userId").With(
            StatusCodes.Status404NotFound
        );

    /// <summary>Sends a command, under the id of the request that is being answered if there is one. Null when it was
    /// carried out and can be read; otherwise what to answer.</summary>
    public async Task<ErrorResult?> SendAsync(UserKey user, SessionCommand command, CancellationToken cancellation)
    {
        var correlated = requests.HttpContext is { } request
            ? command with
            {
                CorrelationId = Correlation.IdOf(request),
            }
            : command;
        switch (await gateway.SendAsync(user, correlated, cancellation))
        {
            case CommandOutcome.Accepted accepted:
                return await ReadableAsync(accepted.At, cancellation);
            case CommandOutcome.Unchanged unchanged:
                return await ReadableAsync(unchanged.At, cancellation);
            case CommandOutcome.Refused refused:
                return Refusal(refused);
            case CommandOutcome.Unavailable unavailable:
                return ApiError.Unavailable(unavailable.Detail);
            default:
                throw new InvalidOperationException("A command has four outcomes.");
        }
    }

    /// <summary>Waits until the session is connected with a known balance, or has failed; what it is like then, or when
    /// patience ends.</summary>
    public async Task<SessionView?> WaitUntilSettledAsync(
        UserKey user,
        TimeSpan patience,
        CancellationToken cancellation
    )
    {
        var end = time.GetUtcNow() + patience;
        while (true)
        {
            var summary = await sessions.FindAsync(user, cancellation);
            var settled =
                summary is { Session.State: SessionState.Failed or SessionState.Stopped }
                || summary is { Session.IsConnected: true, Balance: not null };
            if (settled || time.GetUtcNow() >= end)
            {
                return summary?.Session;
            }

            await Task.Delay(Pause, time, cancellation);
        }
    }

    private async Task<ErrorResult?> ReadableAsync(Offset at, CancellationToken cancellation)
    {
        // Told even where the read model is late: the caller can ask for at least this offset later.
        if (requests.HttpContext is { } request)
        {
            FreshReads.Tell(request, at);
        }

        return await projections.WaitForAsync(at, ReadPatience, cancellation)
            ? null
            : ApiError.Unavailable("The command is carried out; the read model is behind and will show it soon.");
    }

    private static ErrorResult Refusal(CommandOutcome.Refused refused) =>
        refused.Code switch
        {
            Domain.Ports.Refusal.NoCredentials => new ApiError(
                refused.Detail,
                "CTRADER_NOT_CONNECTED",
                refused.Field
            ).With(StatusCodes.Status428PreconditionRequired),
            Domain.Ports.Refusal.AccountNotGranted => new ApiError(
                refused.Detail,
                "ACCOUNT_NOT_GRANTED",
                refused.Field
            ).With(StatusCodes.Status403Forbidden),
            Domain.Ports.Refusal.AccountNotSelected => new ApiError(
                refused.Detail,
                "ACCOUNT_NOT_SELECTED",
                refused.Field
            ).With(StatusCodes.Status409Conflict),
            _ => new ApiError(refused.Detail, "VALIDATION_ERROR", refused.Field).With(StatusCodes.Status400BadRequest),
        };
}
