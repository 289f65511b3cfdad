using Trading.Api.Access;
using Trading.Api.Bridge;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.EventStore.Verification;
using Trading.Projections.Deals;

namespace Trading.Api.Audit;

/// <summary><c>GET /api/v1/audit/deals/{id}</c>: why one deal stands in the books, down to the broker's own bytes.</summary>
internal static class GetDeal
{
    private const int LongestId = 64;

    private static readonly ErrorResult NoSuchDeal = new ApiError(
        "There is no such deal.",
        "DEAL_NOT_FOUND",
        "id"
    ).With(StatusCodes.Status404NotFound);

    private static readonly ErrorResult Ambiguous = new ApiError(
        "Several accounts have a deal of this id.",
        "DEAL_AMBIGUOUS",
        "account"
    ).With(StatusCodes.Status409Conflict);

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/audit/deals/{id}", Answer)
            .ForIdentified()
            .TakesMinOffset()
            .WithTags("Audit")
            .WithSummary("The whole story of one deal: cause, events, the broker's messages, the time at each place.")
            .WithDescription(
                "id: the broker's. account, user: where the same id stands in several accounts (409 then). The session's "
                    + "events are looked through, a second or so for a million. A deal that is not the user's own is not found. What the "
                    + "read model lacks is looked for in the journal: for an auditor who names no user, in all of it."
            )
            .Produces<DealAnswer>()
            .Fails(StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

    private static async Task<IResult> Answer(
        Identity who,
        string id,
        string? account,
        string? user,
        DealQueries deals,
        UserNames names,
        AuditTrail trail,
        AuditLoad load,
        IEventLog journal,
        LogVerifier chain,
        HttpContext context
    )
    {
        if (id.Length > LongestId || account is { Length: 0 or > LongestId } || account?.Contains('\0') == true)
        {
            return NoSuchDeal;
        }

        var cancellation = context.RequestAborted;
        var (owner, refused) = await UserArgument.FindAsync(user, who, names, cancellation);
        if (refused is not null)
        {
            return refused;
        }

        List<(string, string)> filters = [("deal", id)];
        if (account is not null)
        {
            filters.Add(("account", account));
        }

        if (owner is { } named)
        {
            filters.Add(("user", named.Value));
        }

        var head = await journal.HeadAsync(cancellation);
        var reading = await trail.BeginAsync(context, filters, Offset.Start, head, cancellation);
        owner = reading.Only ?? owner;

        AccountId? of = account is null ? null : new(account);
        var found = who.Has(AuditTrail.Readers)
            ? await deals.FindOfAnyAsync(new(id), of, owner, cancellation)
            : await deals.FindAsync(owner!.Value, new(id), of, cancellation);
        return found.Count > 1
            ? Ambiguous
            : await load.RunAsync(
                async () =>
                {
                    if (
                        found.Count == 1
                        && await reading.FindAsync(found[0].Stamp.Offset, cancellation) is { } executed
                        && executed.Type == DealExecuted.Descriptor.FullName
                    )
                    {
                        return await TellAsync(found[0], executed, reading, head, chain, cancellation);
                    }

                    var recorded = await DealSearch.FindAsync(reading, id, account, owner, head, cancellation);
                    return recorded.Count switch
                    {
                        0 => NoSuchDeal,
                        1 => await TellAsync(null, recorded[0], reading, head, chain, cancellation),
                        _ => Ambiguous,
                    };
                },
                cancellation
            );
    }

    private static async Task<IResult> TellAsync(
        DealView? row,
        RecordedEvent executed,
        AuditReading reading,
        Offset head,
        LogVerifier chain,
        CancellationToken cancellation
    )
    {
        var story = new DealStory(executed);
        var stream = reading.StreamAsync(executed.Stream, StreamVersion.None, head, cancellation);
        await story.GatherAsync(stream, cancellation);
        var link = await chain.LinkAtAsync(executed.Offset, cancellation);
        var messages = new List<BrokerMessage>();
        var events = story.Events.Select(recorded => new StoryEvent(
            AuditEvent.Of(recorded, withSource: false),
            PlaceOf(BrokerWords.SourceOf(recorded.Decode()), messages)
        ));
        var answer = new DealAnswer
        {
            DealId = story.Deal.DealId,
            AccountId = story.Deal.AccountId,
            User = executed.User?.Value ?? executed.Stream.Id,
            OrderId = story.Deal.OrderId,
            PositionId = story.Deal.PositionId,
            Symbol = story.Deal.Symbol,
            Cause = new(
                story.Deal.Recovered ? "broker_history" : "broker_report",
                executed.CorrelationId,
                executed.CausationId,
                executed.Stream.Value
            ),
            Times = new(
                OrderCreatedAt(story),
                Moment(story.Deal.ExecutedAtMs),
                HandledAt(executed.CausationId),
                executed.RecordedAt.UtcDateTime,
                link.RecordedAt.UtcDateTime,
                row?.Stamp.WrittenAt.UtcDateTime
            ),
            Commit = new(link.Offset.Value, Convert.ToHexStringLower(link.Hash.Span)),
            Events = [.. events],
            Messages = [.. messages.Select(BrokerWords.Of)],
            Cut = story.IsCut,
        };
        return TypedResults.Json(answer, ApiJson.Default.DealAnswer);
    }

    private static int? PlaceOf(BrokerMessage? message, List<BrokerMessage> messages)
    {
        if (message is null)
        {
            return null;
        }

        var place = messages.IndexOf(message);
        if (place < 0)
        {
            place = messages.Count;
            messages.Add(message);
        }

        return place;
    }

    private static DateTime? OrderCreatedAt(DealStory story) =>
        story
            .Events.Select(recorded => recorded.Decode())
            .Select(payload =>
                payload switch
                {
                    OrderAccepted step => step.Order,
                    OrderFilled step => step.Order,
                    _ => null,
                }
            )
            .OfType<OrderDetails>()
            .Select(order => Moment(order.CreatedAtMs))
            .FirstOrDefault(moment => moment is not null);

    // A cause of our own has a time-ordered id (UUID version 7), which begins with the milliseconds.
    private static DateTime? HandledAt(Guid cause)
    {
        if (cause.Version != 7)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[16];
        cause.TryWriteBytes(bytes, bigEndian: true, out _);
        return Moment(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(bytes) >>> 16);
    }

    private static DateTime? Moment(long milliseconds) =>
        milliseconds is > 0 and < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime
            : null;
}
