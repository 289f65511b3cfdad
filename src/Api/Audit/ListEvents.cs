using System.Runtime.CompilerServices;
using Trading.Api.Access;
using Trading.Api.Bridge;
using Trading.Api.Market;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Api.Audit;

/// <summary><c>GET /api/v1/audit/events</c>: the journal, oldest event first.</summary>
internal static class ListEvents
{
    // A filter that hardly anything passes must not hold a request for as long as the journal is.
    private const int MostLookedAt = 100_000;

    private static readonly string[] Filters = ["stream", "type", "user", "upTo", "from", "to", "limit", "source"];

    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/audit/events", Answer)
            .ForIdentified()
            .WithTags("Audit")
            .WithSummary("Events of the journal by stream, type, user, offset and time, oldest first.")
            .WithDescription(
                "A user sees the events of their own session; an auditor or operator those of all, and that is recorded. "
                    + "stream, type (short or full names, separated by commas), user (key, id or e-mail address). "
                    + "after, upTo: offsets, the first excluded. from, to: Unix seconds, Unix milliseconds or ISO 8601 of when "
                    + "it was recorded, the second excluded. limit: 1 to 1000 (default 100). source=false leaves the "
                    + "broker's own messages out. A page may hold fewer events than asked for while more is true. With "
                    + "Accept: application/x-ndjson one event a line, all of them unless limit is given."
            )
            .Produces<AuditPage>(StatusCodes.Status200OK, "application/json", AuditAnswers.Lines)
            .Fails(StatusCodes.Status400BadRequest, StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound);

    private static async Task<IResult> Answer(
        Identity who,
        [AsParameters] EventsQuery query,
        UserNames names,
        IJournalHistory history,
        AuditTrail trail,
        AuditLoad load,
        IEventLog journal,
        HttpContext context
    )
    {
        if (query.Check(AuditAnswers.WantsLines(context)) is { } wrong)
        {
            return wrong;
        }

        var cancellation = context.RequestAborted;
        var question = query.Question();
        var (asked, refused) = await UserArgument.FindAsync(query.User, who, names, cancellation);
        if (refused is not null)
        {
            return refused;
        }

        question = question with { User = asked };
        // What is not theirs is not there, whether it is or not.
        if (
            who.User is { } person
            && !who.Has(AuditTrail.Readers)
            && question.Stream is { } stream
            && stream.Id != person.Key.Value
        )
        {
            return AuditAnswers.NoSuchStream;
        }

        var head = await journal.HeadAsync(cancellation);
        var (after, upTo) = (query.AfterOffset, query.UpToOffset ?? head);
        if (after > head)
        {
            return ApiError.Invalid("after", $"after is beyond the journal, which ends at {head}.");
        }

        upTo = upTo < head ? upTo : head;
        if (
            question.From is { } from
            && await LastBeforeAsync(history, from, cancellation) is var first
            && first > after
        )
        {
            after = first;
        }

        if (question.To is { } to && await LastBeforeAsync(history, to, cancellation) is var last && last < upTo)
        {
            upTo = last;
        }

        var reading = await trail.BeginAsync(context, question.Filters(), after, upTo, cancellation);
        if (question.Stream is { } of && await reading.VersionAtAsync(of, head, cancellation) == StreamVersion.None)
        {
            return AuditAnswers.NoSuchStream;
        }

        FreshReads.Tell(context, head);
        var events = question.Stream is { } one
            ? reading.StreamAsync(one, after, upTo, cancellation)
            : reading.EventsAsync(after, upTo, cancellation);
        return AuditAnswers.WantsLines(context)
            ? new LinesResult(Wanted(events, question, query.MostLines, cancellation), query.WithSource, load, who)
            : await load.RunAsync(
                async () =>
                {
                    var page = await PageAsync(events, question, query, after, upTo, head, cancellation);
                    if (page.More)
                    {
                        NextPage.Tell(context, Filters, ("after", page.Next.ToString()));
                    }

                    return TypedResults.Json(page, ApiJson.Default.AuditPage);
                },
                cancellation
            );
    }

    // A moment belongs to what begins with it.
    private static ValueTask<Offset> LastBeforeAsync(
        IJournalHistory history,
        DateTimeOffset moment,
        CancellationToken cancellation
    ) =>
        moment == DateTimeOffset.MinValue
            ? new(Offset.Start)
            : history.OffsetAtAsync(moment.AddTicks(-1), cancellation);

    private static async Task<AuditPage> PageAsync(
        IAsyncEnumerable<RecordedEvent> events,
        AuditQuestion question,
        EventsQuery query,
        Offset after,
        Offset upTo,
        Offset head,
        CancellationToken cancellation
    )
    {
        var page = new List<AuditEvent>();
        var lookedAt = 0;
        await foreach (var recorded in events.WithCancellation(cancellation))
        {
            if (question.Wants(recorded))
            {
                page.Add(AuditEvent.Of(recorded, query.WithSource));
            }

            if (page.Count == query.PageLimit || ++lookedAt == MostLookedAt)
            {
                return new(page, recorded.Offset.Value, recorded.Offset < upTo, head.Value);
            }
        }

        return new(page, Math.Max(after.Value, upTo.Value), false, head.Value);
    }

    private static async IAsyncEnumerable<RecordedEvent> Wanted(
        IAsyncEnumerable<RecordedEvent> events,
        AuditQuestion question,
        long most,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (var recorded in events.WithCancellation(cancellation))
        {
            if (!question.Wants(recorded))
            {
                continue;
            }

            yield return recorded;
            if (--most == 0)
            {
                yield break;
            }
        }
    }
}

/// <summary>The query of the events' list.</summary>
/// <param name="Stream">A stream's name.</param>
/// <param name="Type">Short or full names, separated by commas.</param>
/// <param name="User">A user's key, id or e-mail address.</param>
/// <param name="After">An offset, excluded.</param>
/// <param name="UpTo">An offset, included.</param>
/// <param name="From">A moment, included.</param>
/// <param name="To">A moment, excluded.</param>
/// <param name="Limit">Most events.</param>
/// <param name="Source">false leaves the broker's own messages out.</param>
internal sealed record EventsQuery(
    string? Stream,
    string? Type,
    string? User,
    string? After,
    string? UpTo,
    string? From,
    string? To,
    string? Limit,
    bool? Source
)
{
    public bool WithSource => Source != false;

    public Offset AfterOffset => new(After is null ? 0 : AuditQuestion.ReadNumber(After)!.Value);

    public Offset? UpToOffset => UpTo is null ? null : new(AuditQuestion.ReadNumber(UpTo)!.Value);

    public int PageLimit => AuditAnswers.ReadLimit(Limit)!.Value;

    public long MostLines => Limit is null ? long.MaxValue : AuditQuestion.ReadNumber(Limit)!.Value;

    /// <summary>What is wrong with it; null when nothing is, and then the rest can be asked for.</summary>
    public ErrorResult? Check(bool lines)
    {
        if (Stream is not null && AuditQuestion.ReadStream(Stream) is null)
        {
            return AuditAnswers.NoSuchStream;
        }

        if (Type is not null && AuditQuestion.ReadTypes(Type) is null)
        {
            return ApiError.Invalid(
                "type",
                "type must name events, separated by commas, as docs/events.md lists them."
            );
        }

        foreach (var (name, text) in ((string, string?)[])[("after", After), ("upTo", UpTo)])
        {
            if (text is not null && AuditQuestion.ReadNumber(text) is null)
            {
                return ApiError.Invalid(name, $"{name} must be an offset: a whole number, not negative.");
            }
        }

        foreach (var (name, text) in ((string, string?)[])[("from", From), ("to", To)])
        {
            if (text is not null && TimeArgument.Read(text) is null)
            {
                return ApiError.Invalid(name, $"{name} must be Unix seconds, Unix milliseconds or ISO 8601.");
            }
        }

        // Lines have no end of their own, so their limit has none either.
        return lines && Limit is not null && AuditQuestion.ReadNumber(Limit) is null or 0
                ? ApiError.Invalid("limit", "limit must be a whole number from 1 on.")
            : !lines && AuditAnswers.ReadLimit(Limit) is null ? AuditAnswers.WrongLimit
            : null;
    }

    /// <summary>What is asked for, but for the user, whom a name must first be found for.</summary>
    public AuditQuestion Question() =>
        new()
        {
            Stream = Stream is null ? null : AuditQuestion.ReadStream(Stream),
            Types = Type is null ? new HashSet<string>() : AuditQuestion.ReadTypes(Type)!,
            From = Moment(From),
            To = Moment(To),
        };

    private static DateTimeOffset? Moment(string? text) =>
        text is null ? null : DateTimeOffset.FromUnixTimeMilliseconds(TimeArgument.Read(text)!.Value);
}
