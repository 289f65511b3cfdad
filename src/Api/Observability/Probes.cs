using Trading.Api.Access;
using Trading.Domain.Liveness;

namespace Trading.Api.Observability;

/// <summary><c>/health/live</c>, <c>/health/ready</c> and <c>/metrics</c>: for those who operate the service. Nothing here
/// names a user, and no limit holds for them. What tells of the inside is for the holders of a key.</summary>
internal static class Probes
{
    private const int MostParts = 200;

    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapGet("/health/live", Live)
            .DisableRateLimiting()
            .WithTags("Operation")
            .WithSummary("200 while the process answers at all. A failing database does not make it fail.")
            .Produces<LiveAnswer>();
        routes
            .MapGet("/health/ready", Ready)
            .DisableRateLimiting()
            .WithTags("Operation")
            .WithSummary(
                "200 when work may be sent here, otherwise 503; with the operator's or the metrics key also why."
            )
            .Produces<ReadyAnswer>()
            .Produces<ReadyAnswer>(StatusCodes.Status503ServiceUnavailable);
        var scraping = ObservabilityParts.Scraping(routes);
        routes
            .MapGet("/metrics", (Delegate)((HttpContext context) => scraping(context)))
            .RequireRole(Roles.Operator | Roles.Monitor)
            .DisableRateLimiting()
            .WithTags("Operation")
            .WithSummary("Metrics in Prometheus' text form.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
    }

    private static IResult Live(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new LiveAnswer("live"), ApiJson.Default.LiveAnswer);
    }

    private static async Task<IResult> Ready(Readiness readiness, RoleKeys keys, HttpContext context)
    {
        var report = await readiness.CheckAsync(context.RequestAborted);
        context.Response.Headers.CacheControl = "no-store";
        var word = report.IsReady ? "ready" : "not ready";
        var status = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        if (keys.RolesOf(context) is not (Roles.Operator or Roles.Monitor))
        {
            return TypedResults.Json(new ReadinessAnswer(word), ApiJson.Default.ReadinessAnswer, statusCode: status);
        }

        var parts = PartsOf(report.Parts);
        var answer = new ReadyAnswer(
            word,
            report.Problems,
            [
                .. report.Projections.Select(one => new ProjectionAnswer(
                    one.Projection,
                    one.State.ToString().ToLowerInvariant(),
                    one.Checkpoint.Value,
                    one.Gap,
                    one.Lag.TotalSeconds,
                    one.Parked.Count
                )),
            ],
            [.. parts.Take(MostParts)],
            Math.Max(0, parts.Count - MostParts)
        );
        return TypedResults.Json(answer, ApiJson.Default.ReadyAnswer, statusCode: status);
    }

    // Sessions are many: those that are well are only counted, in the metrics.
    private static IReadOnlyList<PartAnswer> PartsOf(IReadOnlyList<Vital> parts) =>
        [
            .. parts
                .Where(part => part.Kind != VitalKind.Session || part.State != VitalState.Live)
                .OrderByDescending(part => part.State == VitalState.Stuck)
                .Select(part => new PartAnswer(
                    part.Kind.ToString().ToLowerInvariant(),
                    part.Name,
                    Vital.WordOf(part.State),
                    part.Since,
                    part.Detail
                )),
        ];
}

/// <summary>The process answers.</summary>
internal sealed record LiveAnswer(string Status);

/// <summary>Whether work may be sent here.</summary>
/// <param name="Status">ready or not ready.</param>
internal sealed record ReadinessAnswer(string Status);

/// <summary>The same for the holder of a key.</summary>
/// <param name="Status">ready or not ready.</param>
/// <param name="Problems">Why not.</param>
/// <param name="Projections">How each projection does: stuck is told apart from lagging.</param>
/// <param name="Parts">How every log, projection, feed and session does, what is stuck first; sessions only when they are
/// not live. At most 200.</param>
/// <param name="MoreParts">How many parts more there are; the metric <c>trading.parts</c> has them all.</param>
internal sealed record ReadyAnswer(
    string Status,
    IReadOnlyList<string> Problems,
    IReadOnlyList<ProjectionAnswer> Projections,
    IReadOnlyList<PartAnswer> Parts,
    int MoreParts
);

/// <summary>A part of the service.</summary>
/// <param name="Kind">log, projection, feed, session or process.</param>
/// <param name="Name">Its name; of a session the first eight digits of the user key.</param>
/// <param name="State">live, catching up, rebuilding, parked or stuck.</param>
/// <param name="Since">Since when it is stuck.</param>
/// <param name="Detail">What it waits for.</param>
internal sealed record PartAnswer(string Kind, string Name, string State, DateTimeOffset? Since, string Detail);

/// <summary>One projection.</summary>
/// <param name="Name">With its version.</param>
/// <param name="State">live, catchingup, rebuilding, parked, stuck, standby or stopped.</param>
/// <param name="Checkpoint">The offset its tables have reached.</param>
/// <param name="Gap">Events behind.</param>
/// <param name="LagSeconds">Time behind.</param>
/// <param name="Parked">Streams set aside.</param>
internal sealed record ProjectionAnswer(
    string Name,
    string State,
    long Checkpoint,
    long Gap,
    double LagSeconds,
    int Parked
);
