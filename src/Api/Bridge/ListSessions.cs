using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Projections.Sessions;

namespace Trading.Api.Bridge;

/// <summary><c>GET /api/sessions</c>: every session that was ever asked to run, newest change first.</summary>
internal static class ListSessions
{
    private const int MaxSessions = 10_000;

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/sessions", Answer)
            .ForOperators()
            .TakesMinOffset()
            .WithTags("Bridge")
            .WithSummary("All sessions with their account, balance and count of open positions. Goes on record.")
            .Produces<SessionsAnswer>();

    private static async Task<IResult> Answer(
        SessionQueries sessions,
        UserNames names,
        AuditTrail trail,
        HttpContext context
    )
    {
        await trail.RecordAsync(context, [("answer", "sessions")], context.RequestAborted);
        var all = await sessions.ListAsync(MaxSessions, context.RequestAborted);
        var answers = new List<SessionAnswer>(all.Count);
        foreach (var summary in all)
        {
            answers.Add(
                new(
                    await names.NameAsync(summary, context.RequestAborted),
                    summary.Session.IsConnected,
                    summary.Session.Account?.Value,
                    summary.LastUpdate,
                    summary.Balance,
                    summary.OpenPositions
                )
            );
        }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new SessionsAnswer(answers.Count, answers), ApiJson.Default.SessionsAnswer);
    }
}
