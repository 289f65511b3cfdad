using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Records;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Journal;

/// <summary>An append request made ready on its caller's thread: checked, encoded and digested.</summary>
internal sealed class JournalRequest : IAppendable
{
    private static readonly IReadOnlyDictionary<UserKey, UserDataKey> s_noKeys = new Dictionary<UserKey, UserDataKey>();
    private readonly IReadOnlyDictionary<UserKey, UserDataKey> _keys;

    private JournalRequest(AppendRequest source, IReadOnlyDictionary<UserKey, UserDataKey> keys) =>
        (Source, _keys) = (source, keys);

    public AppendRequest Source { get; }

    public StreamName Stream => Source.Stream;

    public int Count => Events.Length;

    public int Weight => Events.Length;

    /// <summary>One per event.</summary>
    public required EncodedEvent[] Events { get; init; }

    /// <summary>Encodes a request; the personal fields of users whose keys are given are sealed.</summary>
    /// <exception cref="ArgumentException">No events, too many, or the same id twice.</exception>
    public static JournalRequest From(AppendRequest request, IReadOnlyDictionary<UserKey, UserDataKey>? keys = null)
    {
        keys ??= s_noKeys;
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
            .Events.Select(e =>
                e.User is { } user && keys.TryGetValue(user, out var key)
                    ? PersonalFields.Seal(e.Payload, plain => key.Seal(plain))
                    : e.Payload
            )
            .ToArray();
        var sizes = payloads.Select(payload => payload.CalculateSize()).ToArray();
        var bytes = new byte[(count * EventDigest.Size) + sizes.Sum()];
        var events = new EncodedEvent[count];
        var at = 0;
        UserKey? lastUser = null;
        byte[]? lastBytes = null;
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
                source.User,
                occurredAt,
                source.CorrelationId,
                source.CausationId,
                payload.Span
            );
            events[i] = new(source, type, occurredAt, BytesOf(source.User), payload, digest);
        }

        return new(request, keys) { Events = events };

        // The events of a request are about one user, as a rule: its bytes are made once.
        byte[]? BytesOf(UserKey? user)
        {
            if (user is not { } known)
            {
                return null;
            }

            if (known != lastUser)
            {
                (lastUser, lastBytes) = (known, Convert.FromHexString(known.Value));
            }

            return lastBytes;
        }
    }

    /// <summary>The request's events as the journal holds them.</summary>
    public IEnumerable<RecordedEvent> Recorded(AppendOutcome.Appended outcome, DateTimeOffset recordedAt)
    {
        for (var i = 0; i < Events.Length; i++)
        {
            var back = Events.Length - 1 - i;
            var source = Events[i].Source;
            yield return new()
            {
                Offset = new(outcome.Last.Value - back),
                Id = source.Id,
                Stream = Source.Stream,
                Version = new(outcome.Version.Value - back),
                Type = Events[i].Type,
                User = source.User,
                OccurredAt = Events[i].OccurredAt,
                RecordedAt = recordedAt,
                CorrelationId = source.CorrelationId,
                CausationId = source.CausationId,
                Payload = Events[i].Payload,
                Digest = Events[i].Digest,
                OpenPersonal =
                    source.User is { } user && _keys.TryGetValue(user, out var key) ? box => key.Open(box.Span) : null,
            };
        }
    }
}

/// <summary>One event, ready to be stored.</summary>
/// <param name="Source">What was asked for.</param>
/// <param name="Type">The stored name.</param>
/// <param name="OccurredAt">As exact as the database keeps it.</param>
/// <param name="User">The user key's bytes, or null.</param>
/// <param name="Payload">Sealed where it must be.</param>
/// <param name="Digest">Over all of it.</param>
internal readonly record struct EncodedEvent(
    EventEnvelope Source,
    string Type,
    DateTimeOffset OccurredAt,
    byte[]? User,
    ReadOnlyMemory<byte> Payload,
    ReadOnlyMemory<byte> Digest
);
