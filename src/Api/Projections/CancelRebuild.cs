using Trading.Api.Access;
using Trading.Projections.Rebuilding;

namespace Trading.Api.Projections;

/// <summary><c>DELETE /api/v1/projections/{name}/rebuilds/current</c>: gives a rebuild up.</summary>
internal static class CancelRebuild
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapDelete("/api/v1/projections/{name}/rebuilds/current", Answer)
            .RequireRole(Roles.Operator)
            .WithTags("Projections")
            .WithSummary("Gives the unfinished rebuild up; the live table stays as it is.")
            .Produces<RebuildStatusAnswer>(StatusCodes.Status202Accepted)
            .Fails(StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(string name, Rebuilds rebuilds, HttpContext context)
    {
        if (!rebuilds.Projections.Contains(name))
        {
            return StartRebuild.Unknown;
        }

        context.Response.Headers.CacheControl = "no-store";
        return await rebuilds.CancelAsync(name, context.RequestAborted) is { } rebuild
            ? TypedResults.Json(
                RebuildStatusAnswer.Of(rebuild),
                ApiJson.Default.RebuildStatusAnswer,
                statusCode: StatusCodes.Status202Accepted
            )
            : WatchRebuild.None;
    }
}
