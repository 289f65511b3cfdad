using Trading.Api.Access;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Api.Audit;

/// <summary><c>GET /api/v1/audit/proof</c>: what somebody without the database needs to see that one event stands in the
/// journal of a signed anchor, unchanged.</summary>
internal static class GetProof
{
    private static readonly ErrorResult NoSuchEvent = new ApiError(
        "There is no such event.",
        "EVENT_NOT_FOUND",
        "offset"
    ).With(StatusCodes.Status404NotFound);

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/audit/proof", Answer)
            .ForIdentified()
            .WithTags("Audit")
            .WithSummary("The proof that one event stands in the journal of an anchor.")
            .WithDescription(
                "offset: of the event. anchor: the offset of the anchor to prove it against, at or after the event; without "
                    + "it, of one made now. Check it with trading-tools verify --proof FILE --anchor FILE, or with SHA-256 alone. "
                    + "An event that is not the user's own is not found."
            )
            .Produces<EventProof>()
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(
        string? offset,
        string? anchor,
        AuditTrail trail,
        AuditLoad load,
        EventProver prover,
        HttpContext context
    )
    {
        if (offset is null || AuditQuestion.ReadNumber(offset) is not { } place)
        {
            return ApiError.Invalid("offset", "offset must be that of an event: a whole number from 1 on.");
        }

        long? against = null;
        if (anchor is not null)
        {
            against = AuditQuestion.ReadNumber(anchor);
            if (against is null)
            {
                return ApiError.Invalid("anchor", "anchor must be the offset of an anchor: a whole number from 1 on.");
            }
        }

        return await load.RunAsync(
            () => ProveAsync(new(place), against is { } at ? new(at) : null, trail, prover, context),
            context.RequestAborted
        );
    }

    private static async Task<IResult> ProveAsync(
        Offset offset,
        Offset? anchor,
        AuditTrail trail,
        EventProver prover,
        HttpContext context
    )
    {
        var cancellation = context.RequestAborted;
        var reading = await trail.BeginAsync(
            context,
            [("offset", offset.ToString())],
            new(Math.Max(0, offset.Value - 1)),
            offset,
            cancellation
        );
        if (await reading.FindAsync(offset, cancellation) is null)
        {
            return NoSuchEvent;
        }

        return await prover.ProveAsync(offset, anchor, cancellation) is { } proof
            ? TypedResults.Text(proof.ToJson(), "application/json")
            : ApiError.Invalid("anchor", "anchor must be the offset of an anchor that was made after the event.");
    }
}
