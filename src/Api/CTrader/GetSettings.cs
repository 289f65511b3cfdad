using Trading.Api.Access;
using Trading.Projections.Sessions;

namespace Trading.Api.CTrader;

/// <summary><c>GET /ctrader/settings</c>: the user's cTrader connection.</summary>
internal static class GetSettings
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/ctrader/settings", Answer)
            .ForUsers()
            .TakesMinOffset()
            .WithTags("cTrader")
            .WithSummary("Whether cTrader is connected, the accounts to choose from, and how the session is.")
            .Produces<SettingsAnswer>()
            .Produces(StatusCodes.Status304NotModified);

    private static async Task<IResult> Answer(User user, SessionQueries sessions, HttpContext context)
    {
        var answer = SettingsAnswer.Of((await sessions.FindAsync(user.Key, context.RequestAborted))?.Session);
        // A lost owner changes how the session is without an event.
        var version = $"W/\"settings-{answer.Offset}-{answer.Session}\"";
        return new Versioned<SettingsAnswer>(version, answer, ApiJson.Default.SettingsAnswer);
    }
}
