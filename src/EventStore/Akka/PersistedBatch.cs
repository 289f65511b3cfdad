using Akka.Persistence;
using Trading.Domain.Logs;

namespace Trading.EventStore.Akka;

/// <summary>What Akka hands over at once, as one append request. A call always comes from one actor, and all of it is one
/// request: of several, a stale writer's second could get through where its first was refused.</summary>
internal static class PersistedBatch
{
    /// <summary>The request; null when there is nothing to write.</summary>
    /// <exception cref="FormatException">The persistence id is no stream's name.</exception>
    /// <exception cref="NotAnEventException">Something else than an event was persisted.</exception>
    public static AppendRequest? RequestOf(IEnumerable<AtomicWrite> writes)
    {
        string? persistenceId = null;
        var expected = 0L;
        var events = new List<EventEnvelope>();
        foreach (var write in writes)
        {
            persistenceId ??= write.PersistenceId;
            if (events.Count == 0)
            {
                expected = write.LowestSequenceNr - 1;
            }

            foreach (var persisted in (IEnumerable<IPersistentRepresentation>)write.Payload)
            {
                if (persisted.PersistenceId != persistenceId || persisted.SequenceNr != expected + events.Count + 1)
                {
                    throw new NotAnEventException("Events of one write follow each other in one stream.");
                }

                events.Add(
                    persisted.Payload as EventEnvelope
                        ?? throw new NotAnEventException(
                            $"{persistenceId} persisted a {persisted.Payload.GetType()}: an actor on this journal persists "
                                + $"{nameof(EventEnvelope)}."
                        )
                );
            }
        }

        return persistenceId is null
            ? null
            : new()
            {
                Stream = StreamName.Parse(persistenceId),
                ExpectedVersion = new(expected),
                Events = events,
            };
    }

    /// <summary>An event of a stream as an actor is given it back.</summary>
    public static Persistent Replayed(string persistenceId, PastEvent past)
    {
        var envelope = new EventEnvelope
        {
            Id = default,
            Payload = past.Payload,
            OccurredAt = past.OccurredAt,
            CorrelationId = Guid.Empty,
            CausationId = Guid.Empty,
            User = null,
        };
        envelope.Recorded(past.Offset);
        return new(envelope, past.Version.Value, persistenceId, manifest: string.Empty, writerGuid: Writer);
    }

    // The log knows no writers. All the same to Akka: one that filters by writer finds nothing to cut off.
    private const string Writer = "trading";
}
