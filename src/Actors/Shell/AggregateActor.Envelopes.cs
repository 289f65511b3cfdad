using Google.Protobuf;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;
using EventId = Trading.Domain.Logs.EventId;

namespace Trading.Actors.Shell;

/// <summary>What is decided, as it is recorded: with ids, with what caused it, and without what the journal has already.</summary>
internal partial class AggregateActor<TState, TCommand>
{
    private IEnumerable<EventEnvelope> Claimed(Work work) =>
        _rules.Claim is { } claim && !_claimed
            ?
            [
                EnvelopeOf(
                    work,
                    claim.Event(State, Shell.Owner, _lastEventAt, Shell.Time.GetUtcNow()),
                    ToMilliseconds(Shell.Time.GetUtcNow()),
                    EventId.New(Shell.Time.GetUtcNow())
                ),
            ]
            : [];

    private EventEnvelope[] EnvelopesOf(Work work, IReadOnlyList<Happened> events)
    {
        if (work.CorrelationId == Guid.Empty)
        {
            work = work with { CorrelationId = EventId.New(Shell.Time.GetUtcNow()).Value };
        }

        HashSet<EventId>? decided = null;
        var envelopes = new List<EventEnvelope>(events.Count);
        foreach (var happened in events)
        {
            var derived = _rules.IdOf(State, Life.Stream, happened.Payload);
            if (derived is { } id && (!(decided ??= []).Add(id) || _known?.Contains(id) == true))
            {
                // It is in the journal: what the state had forgotten, it knows again.
                Shell.Metrics.Duplicates.Add(1);
                State = _rules.Evolve(State, happened.Payload, happened.At);
                continue;
            }

            envelopes.Add(EnvelopeOf(work, happened.Payload, happened.At, derived ?? IdOf(work, envelopes.Count)));
        }

        return [.. envelopes];
    }

    // A command that is known by its id names its first event: a repeat that the state has forgotten finds it in the journal.
    private EventId IdOf(Work work, int place) =>
        work.CommandId != Guid.Empty && place == 0
            ? EventId.Derived($"{Life.Stream}/command/{work.CommandId}")
            : EventId.New(Shell.Time.GetUtcNow());

    private EventEnvelope EnvelopeOf(Work work, IMessage payload, DateTimeOffset at, EventId id) =>
        new()
        {
            Id = id,
            Payload = payload,
            OccurredAt = at,
            CorrelationId = work.CorrelationId == Guid.Empty ? id.Value : work.CorrelationId,
            CausationId = work.CommandId == Guid.Empty ? work.CorrelationId : work.CommandId,
            User = _rules.UserOf(Life.Stream.Id),
        };

    private void Fold(EventEnvelope happened)
    {
        State = _rules.Evolve(State, happened.Payload, happened.OccurredAt);
        _lastEventAt = happened.OccurredAt;
        Last = happened.Offset;
    }
}
