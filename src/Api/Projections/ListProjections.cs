using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Projections.Operating;
using Trading.Projections.Running;

namespace Trading.Api.Projections;

/// <summary><c>GET /api/v1/projections</c>: how the read models are.</summary>
internal static class ListProjections
{
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(10);

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/projections", Answer)
            .RequireRole(Roles.Operator)
            .WithTags("Projections")
            .WithSummary("State, table, checkpoint, gap, lag, parked streams and rebuild of every read model.")
            .Produces<ProjectionsAnswer>();

    private static async Task<IResult> Answer(
        ReadModelStatuses statuses,
        ProjectionSet projections,
        AuditTrail trail,
        TimeProvider time,
        HttpContext context
    )
    {
        // Before the rows: what has gone well since must not look stuck.
        var health = projections.Health();
        var all = await statuses.ListAsync(context.RequestAborted);
        if (all.Any(status => status.Parked.Count > 0))
        {
            // Streams bear the keys of users.
            await trail.RecordAsync(context, [("answer", "parked")], context.RequestAborted);
        }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(
            new ProjectionsAnswer([
                .. all.Select(status =>
                    Describe(
                        status,
                        health.FirstOrDefault(one => one.Projection.StartsWith($"{status.Projection}@")),
                        time.GetUtcNow()
                    )
                ),
            ]),
            ApiJson.Default.ProjectionsAnswer
        );
    }

    private static ProjectionStatusAnswer Describe(
        ReadModelStatus status,
        ProjectionHealth? here,
        DateTimeOffset now
    ) =>
        new(
            status.Projection,
            RebuildStatusAnswer.Word(State(status, here, now)),
            status.Generation,
            status.Version,
            status.Checkpoint.Value,
            status.Head.Value,
            status.Gap,
            Math.Round(here?.Lag.TotalSeconds ?? 0, 3),
            status.Previous,
            here?.Error,
            [.. status.Parked.Select(ParkedAnswer.Of)],
            status.Rebuild is { } rebuild ? RebuildStatusAnswer.Of(rebuild) : null
        );

    // Where another node runs it, the database tells.
    private static ProjectionState State(ReadModelStatus status, ProjectionHealth? here, DateTimeOffset now) =>
        here?.State is { } state and not ProjectionState.Standby ? state
        : status.Parked.Count > 0 ? ProjectionState.Parked
        : status.Gap == 0 ? ProjectionState.Live
        : now - status.MovedAt < StuckAfter ? ProjectionState.CatchingUp
        : ProjectionState.Stuck;
}
