using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Api.Audit;

/// <summary>An event of the journal as it stands there. What is sealed stays sealed.</summary>
internal sealed record AuditEvent
{
    /// <summary>Its place in the journal.</summary>
    public required long Offset { get; init; }

    /// <summary>Its stream.</summary>
    public required string Stream { get; init; }

    /// <summary>Its place in the stream, from 1.</summary>
    public required long Version { get; init; }

    /// <summary>Its stored name, for example trading.account.v1.BalanceChanged.</summary>
    public required string Type { get; init; }

    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The key of the user it is about; null for none.</summary>
    public required string? User { get; init; }

    /// <summary>When it happened, by the broker's clock where there is one.</summary>
    public required DateTime OccurredAt { get; init; }

    /// <summary>When the journal took it.</summary>
    public required DateTime RecordedAt { get; init; }

    /// <summary>What asked for it, as the request's X-Correlation-Id tells it.</summary>
    public required Guid CorrelationId { get; init; }

    /// <summary>Its direct parent.</summary>
    public required Guid CausationId { get; init; }

    /// <summary>SHA-256 over its content, in hex: its part in the chain.</summary>
    public required string Digest { get; init; }

    /// <summary>What happened; null when this version cannot read it.</summary>
    public required EventData? Data { get; init; }

    /// <summary>Why it cannot be read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Undecodable { get; init; }

    /// <summary>Its bytes in base64, when they cannot be read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>The answer for an event.</summary>
    /// <param name="recorded">The event.</param>
    /// <param name="withSource">Whether the broker's own words are included.</param>
    public static AuditEvent Of(RecordedEvent recorded, bool withSource)
    {
        EventData? data = null;
        string? undecodable = null;
        try
        {
            data = new(recorded.Decode(), withSource);
        }
        catch (UnknownEventException unknown)
        {
            undecodable = unknown.Message;
        }

        return new()
        {
            Offset = recorded.Offset.Value,
            Stream = recorded.Stream.Value,
            Version = recorded.Version.Value,
            Type = recorded.Type,
            Id = recorded.Id.Value,
            User = recorded.User?.Value,
            OccurredAt = recorded.OccurredAt.UtcDateTime,
            RecordedAt = recorded.RecordedAt.UtcDateTime,
            CorrelationId = recorded.CorrelationId,
            CausationId = recorded.CausationId,
            Digest = Convert.ToHexStringLower(recorded.Digest.Span),
            Data = data,
            Undecodable = undecodable,
            Payload = undecodable is null ? null : recorded.Payload,
        };
    }
}

/// <summary>The content of an event, written as JSON the way all events are.</summary>
[JsonConverter(typeof(EventDataJson))]
internal sealed record EventData(IMessage Message, bool WithSource);

/// <summary>Writes <see cref="EventData"/>.</summary>
internal sealed class EventDataJson : JsonConverter<EventData>
{
    public override EventData Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Events are written by the journal's owners alone.");

    public override void Write(Utf8JsonWriter writer, EventData value, JsonSerializerOptions options) =>
        EventJson.Write(writer, value.Message, value.WithSource);
}

/// <summary>A page of events.</summary>
/// <param name="Events">In order.</param>
/// <param name="Next">Where to go on: to be given as <c>after</c>. An offset; for one stream's events a version.</param>
/// <param name="More">False when everything up to <paramref name="Head"/> has been looked through.</param>
/// <param name="Head">The offset of the journal at which the question was asked; nothing beyond is in the answer.</param>
internal sealed record AuditPage(IReadOnlyList<AuditEvent> Events, long Next, bool More, long Head);
