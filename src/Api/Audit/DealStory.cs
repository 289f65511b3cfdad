using System.Text.Json.Serialization;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Audit;

/// <summary>Gathers what belongs to one deal out of its session's stream: what names the deal, what names its order, and
/// what was recorded for the same cause.</summary>
internal sealed class DealStory(RecordedEvent executed)
{
    /// <summary>More than this no order has: then the story is cut and says so.</summary>
    private const int MostEvents = 1_000;

    private readonly DealExecuted _deal = (DealExecuted)executed.Decode();
    private readonly List<RecordedEvent> _events = [];

    /// <summary>The deal itself.</summary>
    public DealExecuted Deal => _deal;

    /// <summary>What belongs to it, in order.</summary>
    public IReadOnlyList<RecordedEvent> Events => _events;

    /// <summary>There was more than a story holds.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Looks through the stream.</summary>
    public async Task GatherAsync(IAsyncEnumerable<RecordedEvent> stream, CancellationToken cancellation)
    {
        await foreach (var recorded in stream.WithCancellation(cancellation))
        {
            if (!Belongs(recorded))
            {
                continue;
            }

            if (_events.Count == MostEvents)
            {
                IsCut = true;
                return;
            }

            _events.Add(recorded);
        }
    }

    // One report of the broker, or one command, is one cause: all it brought about bears its id.
    private bool Belongs(RecordedEvent recorded) =>
        recorded.Offset == executed.Offset
        || recorded.CausationId == executed.CausationId
        || (IsOfTrading(recorded.Type) && Names(recorded.Decode()));

    private static bool IsOfTrading(string type) =>
        type.StartsWith("trading.order.", StringComparison.Ordinal) || type == BalanceChanged.Descriptor.FullName;

    private bool Names(IMessage payload) =>
        payload switch
        {
            OrderAccepted step => IsOrder(step.AccountId, step.Order),
            OrderAmended step => IsOrder(step.AccountId, step.Order),
            OrderFilled step => IsOrder(step.AccountId, step.Order),
            OrderCancelled step => IsOrder(step.AccountId, step.Order),
            OrderExpired step => IsOrder(step.AccountId, step.Order),
            OrderRejected step => step.AccountId == _deal.AccountId && step.OrderId == _deal.OrderId,
            BalanceChanged { Cause: BalanceCause.Deal } change => change.AccountId == _deal.AccountId
                && change.CauseId == _deal.DealId,
            _ => false,
        };

    private bool IsOrder(string account, OrderDetails? order) =>
        account == _deal.AccountId && order?.OrderId == _deal.OrderId;
}

/// <summary>The whole story of one deal.</summary>
internal sealed record DealAnswer
{
    /// <summary>The broker's id.</summary>
    public required string DealId { get; init; }

    /// <summary>The account.</summary>
    public required string AccountId { get; init; }

    /// <summary>Whose, by key.</summary>
    public required string User { get; init; }

    /// <summary>The order that was filled.</summary>
    public required string OrderId { get; init; }

    /// <summary>The position that it opened, changed or closed.</summary>
    public required string PositionId { get; init; }

    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>What brought it into the journal.</summary>
    public required CauseAnswer Cause { get; init; }

    /// <summary>When it passed each place.</summary>
    public required HopsAnswer Times { get; init; }

    /// <summary>The commit that made it lasting: a link of the journal's chain.</summary>
    public required CommitAnswer Commit { get; init; }

    /// <summary>What belongs to it, in the order of the journal, without the broker's messages.</summary>
    public required IReadOnlyList<StoryEvent> Events { get; init; }

    /// <summary>The broker's own messages that caused those events, each once.</summary>
    public required IReadOnlyList<BrokerWords> Messages { get; init; }

    /// <summary>True when there are more events than a story holds.</summary>
    public required bool Cut { get; init; }
}

/// <summary>What brought a deal into the journal.</summary>
/// <param name="Kind">broker_report: the broker told it live; broker_history: it was read from the broker's history.</param>
/// <param name="CorrelationId">Ties all that it brought about together.</param>
/// <param name="CausationId">The direct parent.</param>
/// <param name="Owner">The stream that took it in; its id is the user's key.</param>
internal sealed record CauseAnswer(string Kind, Guid CorrelationId, Guid CausationId, string Owner);

/// <summary>When a deal passed each place; null where no clock was read.</summary>
/// <param name="OrderCreatedAt">The order at the broker, by its clock.</param>
/// <param name="ExecutedAt">The fill at the broker, by its clock.</param>
/// <param name="HandledAt">The session took the broker's report in hand; null when its cause has an id from outside.</param>
/// <param name="RecordedAt">The journal took the event, inside the commit.</param>
/// <param name="CommittedAt">The journal's time of the commit that the event is part of.</param>
/// <param name="ProjectedAt">The read model's row was written, last by a rebuild; null when it has none.</param>
internal sealed record HopsAnswer(
    DateTime? OrderCreatedAt,
    DateTime? ExecutedAt,
    DateTime? HandledAt,
    DateTime RecordedAt,
    DateTime CommittedAt,
    DateTime? ProjectedAt
);

/// <summary>A link of the journal's chain.</summary>
/// <param name="LastOffset">The last event of the commit.</param>
/// <param name="Hash">The chain's hash after it, in hex.</param>
internal sealed record CommitAnswer(long LastOffset, string Hash);

/// <summary>An event of a story.</summary>
/// <param name="Event">The event.</param>
/// <param name="Message">Its place among the messages, from 0; null when no message of the broker caused it.</param>
internal sealed record StoryEvent(
    AuditEvent Event,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] int? Message
);
