using Trading.Api.Access;
using Trading.Projections.Rebuilding;

namespace Trading.Api.Projections;

/// <summary><c>GET /api/v1/projections/{name}/rebuilds/current</c>: how the newest rebuild goes.</summary>
internal static class WatchRebuild
{
    /// <summary>404: never rebuilt.</summary>
    public static ErrorResult None { get; } =
        new ApiError("There is no rebuild of this projection.", "REBUILD_NOT_FOUND").With(
            StatusCodes.Status404NotFound
        );

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/projections/{name}/rebuilds/current", Answer)
            .RequireRole(Roles.Operator)
            .WithTags("Projections")
            .WithSummary("How far the newest rebuild is, how fast, how long it will take, and what became of it.")
            .Produces<RebuildStatusAnswer>()
            .Fails(StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(string name, Rebuilds rebuilds, HttpContext context)
    {
        if (!rebuilds.Projections.Contains(name))
        {
            return StartRebuild.Unknown;
        }

        context.Response.Headers.CacheControl = "no-store";
        return await rebuilds.FindAsync(name, context.RequestAborted) is { } rebuild
            ? TypedResults.Json(RebuildStatusAnswer.Of(rebuild), ApiJson.Default.RebuildStatusAnswer)
            : WatchRebuild.None;
    }
}
