using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Domain;
using Trading.Projections.Accounts;
using Trading.Projections.LatestPrices;
using Trading.Projections.Sessions;

namespace Trading.Api.Bridge;

/// <summary><c>GET /api/websocket-status/{userId}</c>: how one user's session is. A user without one is not connected.
/// </summary>
internal static class SessionStatus
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/websocket-status/{userId}", Answer)
            .ForBridge()
            .TakesMinOffset()
            .WithTags("Bridge")
            .WithSummary("Whether a user's session is connected, with balance and equity. Another's goes on record.")
            .Produces<StatusAnswer>()
            .Fails(StatusCodes.Status400BadRequest);

    private static async Task<IResult> Answer(
        string userId,
        Identity who,
        UserNames names,
        SessionQueries sessions,
        AccountQueries accounts,
        PriceBook prices,
        AuditTrail trail,
        HttpContext context
    )
    {
        var (user, refused) = await BridgeUser.FindAsync(userId, who, names, context.RequestAborted);
        if (refused is not null)
        {
            return refused;
        }

        context.Response.Headers.CacheControl = "no-store";
        var asked = user ?? UserKey.Of(userId);
        if (who.User?.Key != asked)
        {
            await trail.RecordAsync(context, [("answer", "status"), ("user", asked.Value)], context.RequestAborted);
        }

        var summary = user is { } key ? await sessions.FindAsync(key, context.RequestAborted) : null;
        if (summary is null)
        {
            return TypedResults.Json(new StatusAnswer(false, null, null, null, null, 0), ApiJson.Default.StatusAnswer);
        }

        var account = summary.Session.Account is { } id
            ? await accounts.FindAsync(summary.Session.User, id, context.RequestAborted)
            : null;
        return TypedResults.Json(
            new StatusAnswer(
                summary.Session.IsConnected,
                summary.Session.Account?.Value,
                summary.LastUpdate,
                account?.Balance,
                account?.ValueAt(prices.Quotes(account.Environment))?.Equity,
                account?.Positions.Count ?? 0
            ),
            ApiJson.Default.StatusAnswer
        );
    }
}
