using Trading.Api.Access;
using Trading.Api.Configuration;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Projections.Sessions;

namespace Trading.Api.CTrader;

/// <summary><c>GET /ctrader/oauth/callback</c>: the browser comes back from the consent page. The state tells who began, and the
/// browser's cookie, or the beginner's token, that it was here: a link to this page must not connect one person's account to
/// another's.</summary>
internal static class FinishOAuth
{
    private const int MaxLength = 2_048;

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet(OAuthCallback.Path, Answer)
            .WithTags("cTrader")
            .WithSummary("Takes the code of a consent, stores the grant sealed, and starts the session.")
            .WithDescription(
                "For the browser that began the consent, by its cookie, or with the beginner's bearer token."
            )
            .Produces<SettingsAnswer>()
            .Produces(StatusCodes.Status302Found)
            .Fails(
                StatusCodes.Status400BadRequest,
                StatusCodes.Status502BadGateway,
                StatusCodes.Status503ServiceUnavailable
            );

    private static async Task<IResult> Answer(
        string? code,
        string? state,
        string? error,
        OAuthStates states,
        TokenVerifier verifier,
        TokenEndpoint tokens,
        CTraderGrants grants,
        Granting granting,
        SessionQueries sessions,
        ServiceSettings settings,
        HttpContext context
    )
    {
        context.Response.Headers.CacheControl = "no-store";
        // The code stands in this page's address: it must not travel on to anybody.
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        var given = state ?? OAuthCallback.KeptBy(context.Request);
        if (given is null or { Length: > MaxLength })
        {
            return BadState;
        }

        UserKey? beginner = null;
        if (!OAuthCallback.IsKeptBy(context.Request, given))
        {
            switch (await CheckTokenAsync(verifier, context))
            {
                case TokenCheck.Valid valid:
                    beginner = valid.User.Key;
                    break;
                case TokenCheck.Undecided undecided:
                    return ApiError.Unavailable(undecided.Reason);
                default:
                    return BadState;
            }
        }

        if (await states.FinishAsync(given, beginner, context.RequestAborted) is not { } user)
        {
            return BadState;
        }

        var callback = OAuthCallback.Of(context.Request, settings.CTrader);
        callback.Forget(context.Response);
        if (error is not null || code is not { Length: > 0 and <= MaxLength })
        {
            return new ApiError("The consent was not given.", "OAUTH_DENIED").With(StatusCodes.Status400BadRequest);
        }

        var refusal = await tokens.ExchangeAsync(code, callback.Address, context.RequestAborted) switch
        {
            TokenOutcome.Granted granted => await StoreAsync(user, granted, grants, granting, context.RequestAborted),
            TokenOutcome.Refused => new ApiError("cTrader refused the code.", "OAUTH_CODE_REFUSED", "code").With(
                StatusCodes.Status400BadRequest
            ),
            _ => ApiError.Unavailable("cTrader's token endpoint cannot be reached."),
        };
        if (refusal is not null)
        {
            return refusal;
        }

        // Who calls with a token is a program, which a page is of no use to.
        if (settings.CTrader.ReturnUrl is { } page && beginner is null)
        {
            return Results.Redirect(page.ToString());
        }

        var session = (await sessions.FindAsync(user, context.RequestAborted))?.Session;
        return TypedResults.Json(SettingsAnswer.Of(session), ApiJson.Default.SettingsAnswer);
    }

    private static ErrorResult BadState { get; } =
        new ApiError(
            "The state is unknown, too old, was used before, or belongs to a consent that was begun in another browser: begin "
                + "again in this one.",
            "INVALID_STATE",
            "state"
        ).With(StatusCodes.Status400BadRequest);

    private static async ValueTask<TokenCheck?> CheckTokenAsync(TokenVerifier verifier, HttpContext context) =>
        Credentials.Bearer(context) is { Length: > 0 } token
            ? await verifier.CheckAsync(token, context.RequestAborted)
            : null;

    private static async Task<ErrorResult?> StoreAsync(
        UserKey user,
        TokenOutcome.Granted granted,
        CTraderGrants grants,
        Granting granting,
        CancellationToken cancellation
    ) =>
        await grants.ReadAsync(granted.AccessToken, cancellation) switch
        {
            GrantOutcome.Listed listed => await granting.GrantAsync(
                user,
                new(granted.AccessToken, granted.RefreshToken, granted.ExpiresAt),
                listed,
                "frontend",
                cancellation
            ),
            GrantOutcome.Refused refused => new ApiError(
                $"cTrader refused the new token: {refused.Detail} ({refused.Code}).",
                "BROKER_REFUSED"
            ).With(StatusCodes.Status502BadGateway),
            GrantOutcome.Unreachable unreachable => ApiError.Unavailable(
                $"cTrader cannot be reached to list the accounts: {unreachable.Detail}"
            ),
            _ => ApiError.Unavailable("cTrader cannot be reached to list the accounts."),
        };
}
