using Trading.Api.Access;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Api.Audit;

/// <summary><c>GET /api/v1/audit/streams/{stream}</c>: the life of one aggregate, from its first event on.</summary>
internal static class ListStream
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/audit/streams/{stream}", Answer)
            .ForIdentified()
            .WithTags("Audit")
            .WithSummary("The events of one stream, oldest first.")
            .WithDescription(
                "stream: for example session-<user key>. after: a version, excluded. limit: 1 to 1000 (default 100). "
                    + "source=false leaves the broker's own messages out. With Accept: application/x-ndjson one event a "
                    + "line, all of them. A stream that is not the user's own is not found."
            )
            .Produces<AuditPage>(StatusCodes.Status200OK, "application/json", AuditAnswers.Lines)
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(
        Identity who,
        string stream,
        string? after,
        string? limit,
        bool? source,
        AuditTrail trail,
        AuditLoad load,
        IEventLog journal,
        HttpContext context
    )
    {
        if (AuditQuestion.ReadNumber(after ?? "0") is not { } seen)
        {
            return ApiError.Invalid("after", "after must be a version: a whole number, not negative.");
        }

        if (AuditAnswers.ReadLimit(limit) is not { } most)
        {
            return AuditAnswers.WrongLimit;
        }

        if (AuditQuestion.ReadStream(stream) is not { } name)
        {
            return AuditAnswers.NoSuchStream;
        }

        var cancellation = context.RequestAborted;
        var head = await journal.HeadAsync(cancellation);
        var reading = await trail.BeginAsync(context, [("stream", name.Value)], Offset.Start, head, cancellation);
        var last = await reading.VersionAtAsync(name, head, cancellation);
        if (last == StreamVersion.None)
        {
            return AuditAnswers.NoSuchStream;
        }

        FreshReads.Tell(context, head);
        var events = reading.StreamAsync(name, new StreamVersion(seen), head, cancellation);
        if (AuditAnswers.WantsLines(context))
        {
            return new LinesResult(events, source != false, load, who);
        }

        var page = new List<AuditEvent>();
        await foreach (var recorded in events)
        {
            page.Add(AuditEvent.Of(recorded, source != false));
            if (page.Count == most)
            {
                break;
            }
        }

        var next = page.Count == 0 ? seen : page[^1].Version;
        if (next < last.Value)
        {
            NextPage.Tell(context, ["limit", "source"], ("after", next.ToString()));
        }

        return TypedResults.Json(new AuditPage(page, next, next < last.Value, head.Value), ApiJson.Default.AuditPage);
    }
}
