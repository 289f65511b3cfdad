using Trading.Api.Access;
using Trading.Projections.Rebuilding;

namespace Trading.Api.Projections;

/// <summary><c>POST /api/v1/projections/{name}/rebuilds</c>: makes a read model anew while everybody goes on reading.
/// </summary>
internal static class StartRebuild
{
    /// <summary>404: no such read model.</summary>
    public static ErrorResult Unknown { get; } =
        new ApiError("There is no such projection.", "PROJECTION_NOT_FOUND", "name").With(
            StatusCodes.Status404NotFound
        );

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/v1/projections/{name}/rebuilds", Answer)
            .RequireRole(Roles.Operator)
            .WithTags("Projections")
            .WithSummary("Fills a new table beside the live one and swaps them, or goes back to the one before.")
            .WithDescription(
                "One that failed or was put aside goes on where it was. Watch it at Location; it runs on in the service, over "
                    + "restarts too."
            )
            .Produces<RebuildStatusAnswer>(StatusCodes.Status202Accepted)
            .Fails(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

    private static async Task<IResult> Answer(
        string name,
        RebuildWish? wish,
        Identity identity,
        Rebuilds rebuilds,
        HttpContext context
    )
    {
        var request = new RebuildRequest(wish?.Verify ?? false, wish?.Rollback ?? false, identity.Name);
        switch (await rebuilds.AskAsync(name, request, context.RequestAborted))
        {
            case RebuildAnswer.Accepted accepted:
                context.Response.Headers.Location =
                    $"{context.Request.PathBase}/api/v1/projections/{name}/rebuilds/current";
                context.Response.Headers.CacheControl = "no-store";
                return TypedResults.Json(
                    RebuildStatusAnswer.Of(accepted.Rebuild),
                    ApiJson.Default.RebuildStatusAnswer,
                    statusCode: StatusCodes.Status202Accepted
                );
            case RebuildAnswer.Busy:
                return new ApiError("A rebuild of this projection is under way.", "REBUILD_UNDER_WAY").With(
                    StatusCodes.Status409Conflict
                );
            case RebuildAnswer.Refused refused:
                return new ApiError(refused.Reason, "REBUILD_REFUSED").With(StatusCodes.Status409Conflict);
            default:
                return Unknown;
        }
    }
}
