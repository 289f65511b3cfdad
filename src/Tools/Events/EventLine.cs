using System.Text.Json;
using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;

namespace Trading.Tools.Events;

/// <summary>The form of one line.</summary>
internal static class EventLine
{
    /// <summary>An event of the journal: where it stands, its content under <c>data</c>, and beside it under <c>broker</c> the
    /// broker's message that caused it, in words.</summary>
    public static void Write(Utf8JsonWriter writer, RecordedEvent recorded, IMessage payload, bool withSource)
    {
        BeginEnvelope(writer, recorded);
        writer.WritePropertyName("data"u8);
        EventJson.Write(writer, payload, withSource);
        if (withSource)
        {
            BrokerWords.Write(writer, payload);
        }

        writer.WriteEndObject();
    }

    /// <summary>An event that this version cannot decode: its bytes, and why.</summary>
    public static void WriteUndecodable(Utf8JsonWriter writer, RecordedEvent recorded, string reason)
    {
        BeginEnvelope(writer, recorded);
        writer.WriteString("undecodable"u8, reason);
        writer.WriteBase64String("payload"u8, recorded.Payload.Span);
        writer.WriteEndObject();
    }

    /// <summary>A tick of the market log.</summary>
    public static void Write(Utf8JsonWriter writer, TickBlock block, int index)
    {
        ref readonly var tick = ref block.Ticks.Span[index];
        writer.WriteStartObject();
        writer.WriteNumber("offset"u8, block.First.Value + index);
        writer.WriteString("stream"u8, block.Stream.Value);
        writer.WriteString("recordedAt"u8, block.RecordedAt.UtcDateTime);
        writer.WriteString("symbol"u8, tick.Symbol.Value);
        writer.WriteNumber("bid"u8, tick.Bid.ToDecimal());
        writer.WriteNumber("ask"u8, tick.Ask.ToDecimal());
        writer.WriteNumber("timestampMs"u8, tick.TimestampMs);
        writer.WriteEndObject();
    }

    private static void BeginEnvelope(Utf8JsonWriter writer, RecordedEvent recorded)
    {
        writer.WriteStartObject();
        writer.WriteNumber("offset"u8, recorded.Offset.Value);
        writer.WriteString("stream"u8, recorded.Stream.Value);
        writer.WriteNumber("version"u8, recorded.Version.Value);
        writer.WriteString("type"u8, recorded.Type);
        writer.WriteString("id"u8, recorded.Id.Value);
        writer.WriteString("user"u8, recorded.User?.Value);
        writer.WriteString("occurredAt"u8, recorded.OccurredAt.UtcDateTime);
        writer.WriteString("recordedAt"u8, recorded.RecordedAt.UtcDateTime);
        writer.WriteString("correlationId"u8, recorded.CorrelationId);
        writer.WriteString("causationId"u8, recorded.CausationId);
        writer.WriteString("digest"u8, Convert.ToHexStringLower(recorded.Digest.Span));
    }
}
