using Google.Protobuf;

namespace Trading.Domain.Logs;

/// <summary>An event as an aggregate persists it, and as it is replayed to it: what happened, and what explains it.</summary>
public sealed class EventEnvelope
{
    /// <summary>Unique in the log: a second append with the same id is refused. Left at its default in a replayed envelope,
    /// where nothing asks for it.</summary>
    public required EventId Id { get; init; }

    /// <summary>A message of <c>proto/events</c>; its full name is the stored type.</summary>
    public required IMessage Payload { get; init; }

    /// <summary>When it happened, by the broker's clock where there is one.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>The workflow it belongs to; empty in a replayed envelope.</summary>
    public required Guid CorrelationId { get; init; }

    /// <summary>The direct parent: a command's or an event's id; empty in a replayed envelope.</summary>
    public required Guid CausationId { get; init; }

    /// <summary>The user it is about, if any. Personal fields are sealed with this user's key. Null in a replayed envelope.
    /// </summary>
    public required UserKey? User { get; init; }

    /// <summary>Its place in the log, set by the journal after the commit; <see cref="Offset.Start"/> before, and on journals
    /// without offsets.</summary>
    public Offset Offset { get; private set; }

    /// <summary>A fact of its own: a new id, and nothing before it that caused it but its workflow.</summary>
    public static EventEnvelope Of(
        IMessage payload,
        DateTimeOffset occurredAt,
        UserKey? user = null,
        Guid correlation = default
    ) =>
        new()
        {
            Id = EventId.New(occurredAt),
            Payload = payload,
            OccurredAt = occurredAt,
            CorrelationId = correlation,
            CausationId = correlation,
            User = user,
        };

    /// <summary>Notes where the journal holds it. For the journal, once.</summary>
    /// <exception cref="InvalidOperationException">It stands elsewhere already.</exception>
    public void Recorded(Offset at)
    {
        if (Offset != Offset.Start && Offset != at)
        {
            throw new InvalidOperationException($"The event stands at {Offset} already, not at {at}.");
        }

        Offset = at;
    }
}
