using System.Data.Common;
using Trading.Api.Access;
using Trading.Api.Audit;
using Trading.Api.Live;
using Trading.Api.Observability;
using Trading.EventStore;
using Trading.Projections.Sessions;

namespace Trading.Api.Bridge;

/// <summary><c>GET /health</c>: the bridge's health. It names users only to a caller with the API key.</summary>
internal static class Health
{
    private static readonly TimeSpan RecordWithin = TimeSpan.FromSeconds(2);

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/health", Answer)
            .DisableRateLimiting()
            .WithTags("Bridge")
            .WithSummary(
                "Status, uptime in seconds and count of live sessions; with the API key also whose they are, which goes on record."
            )
            .Produces<NamedHealthAnswer>();

    private static async Task<IResult> Answer(
        RoleKeys keys,
        Readiness readiness,
        StatusBoard board,
        SessionQueries sessions,
        UserNames names,
        AuditTrail trail,
        TimeProvider time,
        HttpContext context
    )
    {
        var report = await readiness.CheckAsync(context.RequestAborted);
        var status = report.IsReady ? "ok" : "degraded";
        var now = time.GetUtcNow();
        context.Response.Headers.CacheControl = "no-store";
        if (!report.IsReady || keys.RolesOf(context) != Roles.Operator || !await IsRecordedAsync(trail, context))
        {
            return TypedResults.Json(
                new HealthAnswer(status, report.Uptime.TotalSeconds, board.Connected, now),
                ApiJson.Default.HealthAnswer
            );
        }

        var all = await sessions.ListAsync(context.RequestAborted);
        var active = all.Where(summary => summary.Session.IsConnected).ToList();
        var whose = new List<string>(active.Count);
        foreach (var summary in active)
        {
            whose.Add(await names.NameAsync(summary, context.RequestAborted));
        }

        return TypedResults.Json(
            new NamedHealthAnswer(status, report.Uptime.TotalSeconds, active.Count, whose, now),
            ApiJson.Default.NamedHealthAnswer
        );
    }

    // Health must be told at once whatever the journal does: what cannot go on record names nobody.
    private static async Task<bool> IsRecordedAsync(AuditTrail trail, HttpContext context)
    {
        context.Features.Set(new Identity(null, Roles.Operator));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(RecordWithin);
        try
        {
            await trail.RecordAsync(context, [("answer", "health")], patience.Token);
            return true;
        }
        catch (Exception late)
            when (late is OperationCanceledException or DbException or IOException or LogUnavailableException)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            return false;
        }
    }
}
