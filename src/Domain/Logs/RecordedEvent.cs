using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Logs;

/// <summary>An event as the journal holds it. Order comes from <see cref="Offset"/> alone; the times only explain.</summary>
public sealed class RecordedEvent
{
    private IMessage? _decoded;
    private IMessage? _folded;

    /// <summary>Its place in the log.</summary>
    public required Offset Offset { get; init; }

    /// <summary>Its id.</summary>
    public required EventId Id { get; init; }

    /// <summary>Its stream.</summary>
    public required StreamName Stream { get; init; }

    /// <summary>Its place in the stream, from 1.</summary>
    public required StreamVersion Version { get; init; }

    /// <summary>The stored name: the protobuf full name of the payload.</summary>
    public required string Type { get; init; }

    /// <summary>The user it is about, if any.</summary>
    public required UserKey? User { get; init; }

    /// <summary>When it happened, by the broker's clock where there is one.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>When the log took it.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The workflow it belongs to.</summary>
    public required Guid CorrelationId { get; init; }

    /// <summary>Its direct parent.</summary>
    public required Guid CausationId { get; init; }

    /// <summary>The payload's bytes, as written.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>SHA-256 over the event's content; links it into the chain.</summary>
    public required ReadOnlyMemory<byte> Digest { get; init; }

    /// <summary>The payload, where it was decoded before: <see cref="Payload"/> may then be left empty.</summary>
    public IMessage Decoded
    {
        init => _decoded = value;
    }

    /// <summary>Opens what of the payload is sealed with the user's own key; gives null where that key was destroyed. Absent
    /// where nobody can.</summary>
    public Func<ReadOnlyMemory<byte>, byte[]?>? OpenPersonal { get; init; }

    /// <summary>The payload, decoded once, its personal fields in their places as far as they can be opened.</summary>
    /// <exception cref="UnknownEventException">The type is in no catalog, or the bytes are not of that type.</exception>
    public IMessage Decode() => _decoded ??= Opened(EventCatalog.Decode(Type, Payload));

    /// <summary>The payload as states and read models are folded from it: the broker's own words may be missing.</summary>
    /// <exception cref="UnknownEventException">The type is in no catalog, or the bytes are not of that type.</exception>
    public IMessage DecodeForFold()
    {
        if ((_decoded ?? _folded) is { } known)
        {
            return known;
        }

        var payload = EventCatalog.DecodeForFold(Type, Payload);
        return _folded = PersonalFields.MatterToFolds(payload.Descriptor) ? Opened(payload) : payload;
    }

    private IMessage Opened(IMessage stored) =>
        OpenPersonal is null ? stored : PersonalFields.Open(stored, OpenPersonal);
}
