using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Records;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Journal;

/// <summary>An append request made ready on its caller's thread: checked, encoded and digested.</summary>
internal sealed class JournalRequest : IAppendable
{
    private readonly UserDataKey? _key;

    private JournalRequest(AppendRequest source, UserDataKey? key) => (Source, _key) = (source, key);

    public AppendRequest Source { get; }

    public StreamName Stream => Source.Stream;

    public int Count => Events.Length;

    public int Weight => Events.Length;

    /// <summary>The user key's bytes, or null.</summary>
    public byte[]? User { get; private init; }

    /// <summary>One per event.</summary>
    public required EncodedEvent[] Events { get; init; }

    /// <summary>Encodes a request; with a key, its personal fields are sealed.</summary>
    /// <exception cref="ArgumentException">No events, too many, or the same id twice.</exception>
    public static JournalRequest From(AppendRequest request, UserDataKey? key = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        var count = request.Events.Count;
        if (count is 0 or > AppendRequest.MaxEvents)
        {
            throw new ArgumentException(
                $"A request has 1 to {AppendRequest.MaxEvents} events, not {count}.",
                nameof(request)
            );
        }

        if (count > 1 && request.Events.DistinctBy(e => e.Id).Count() < count)
        {
            throw new ArgumentException("A request has the same event id twice.", nameof(request));
        }

        var payloads = request
            .Events.Select(e => key is null ? e.Payload : PersonalFields.Seal(e.Payload, plain => key.Seal(plain)))
            .ToArray();
        var sizes = payloads.Select(payload => payload.CalculateSize()).ToArray();
        var bytes = new byte[(count * EventDigest.Size) + sizes.Sum()];
        var events = new EncodedEvent[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var source = request.Events[i];
            var payload = bytes.AsMemory(at, sizes[i]);
            var digest = bytes.AsMemory(at + sizes[i], EventDigest.Size);
            at += sizes[i] + EventDigest.Size;
            payloads[i].WriteTo(payload.Span);
            var type = EventCatalog.NameOf(source.Payload);
            var occurredAt = PostgresTime.Cut(source.OccurredAt);
            EventDigest.Compute(
                digest.Span,
                source.Id,
                request.Stream,
                type,
                request.User,
                occurredAt,
                request.CorrelationId,
                request.CausationId,
                request.Epoch ?? default,
                payload.Span
            );
            events[i] = new(source.Id, type, occurredAt, payload, digest);
        }

        return new(request, key)
        {
            User = request.User is { } user ? Convert.FromHexString(user.Value) : null,
            Events = events,
        };
    }

    /// <summary>The request's events as the journal holds them.</summary>
    public IEnumerable<RecordedEvent> Recorded(AppendOutcome.Appended outcome, DateTimeOffset recordedAt)
    {
        Func<ReadOnlyMemory<byte>, byte[]?>? open = _key is { } key ? box => key.Open(box.Span) : null;
        for (var i = 0; i < Events.Length; i++)
        {
            var back = Events.Length - 1 - i;
            yield return new()
            {
                Offset = new(outcome.Last.Value - back),
                Id = Events[i].Id,
                Stream = Source.Stream,
                Version = new(outcome.Version.Value - back),
                Type = Events[i].Type,
                User = Source.User,
                OccurredAt = Events[i].OccurredAt,
                RecordedAt = recordedAt,
                CorrelationId = Source.CorrelationId,
                CausationId = Source.CausationId,
                Epoch = Source.Epoch ?? default,
                Payload = Events[i].Payload,
                Digest = Events[i].Digest,
                OpenPersonal = open,
            };
        }
    }
}

/// <summary>One event, ready to be stored.</summary>
internal readonly record struct EncodedEvent(
    EventId Id,
    string Type,
    DateTimeOffset OccurredAt,
    ReadOnlyMemory<byte> Payload,
    ReadOnlyMemory<byte> Digest
);
