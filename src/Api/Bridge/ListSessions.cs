using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Domain.Logs;
using Trading.Projections.Sessions;

namespace Trading.Api.Bridge;

/// <summary><c>GET /api/sessions</c>: every session that was ever asked to run, newest change first.</summary>
internal static class ListSessions
{
    private const int MostSessions = 10_000;

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/sessions", Answer)
            .ForOperators()
            .TakesMinOffset()
            .WithTags("Bridge")
            .WithSummary("All sessions with their account, balance and count of open positions. Goes on record.")
            .WithDescription(
                "limit: 1 to 10000 (default 10000). When there are more, more is true and next is the before of the rest; "
                    + "the Link header has the whole address."
            )
            .Produces<SessionsAnswer>()
            .Fails(StatusCodes.Status400BadRequest);

    private static async Task<IResult> Answer(
        string? limit,
        string? before,
        SessionQueries sessions,
        UserNames names,
        AuditTrail trail,
        HttpContext context
    )
    {
        var most = MostSessions;
        if (limit is not null && !(int.TryParse(limit, out most) && most is >= 1 and <= MostSessions))
        {
            return ApiError.Invalid("limit", $"limit must be from 1 to {MostSessions}.");
        }

        Offset? changedBefore = null;
        if (before is not null)
        {
            if (AuditQuestion.ReadNumber(before) is not { } offset)
            {
                return ApiError.Invalid("before", "before must be an offset: a whole number, not negative.");
            }

            changedBefore = new(offset);
        }

        await trail.RecordAsync(context, [("answer", "sessions")], context.RequestAborted);
        var total = await sessions.CountAsync(context.RequestAborted);
        // One more tells whether there is more.
        var found = await sessions.ListAsync(most + 1, changedBefore, context.RequestAborted);
        var page = found.Take(most).ToList();
        long? next = found.Count > most ? page[^1].Session.Stamp.Offset.Value : null;
        var answers = new List<SessionAnswer>(page.Count);
        foreach (var summary in page)
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

        if (next is { } rest)
        {
            NextPage.Tell(context, ["limit"], ("before", rest.ToString()));
        }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new SessionsAnswer(total, answers, next is not null, next),
            ApiJson.Default.SessionsAnswer
        );
    }
}
