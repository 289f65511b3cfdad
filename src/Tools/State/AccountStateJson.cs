using System.Text.Json;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;
using Trading.Tools.Events;

namespace Trading.Tools.State;

/// <summary>An account's past state for programs: the answers of the API, the prices they rest on, and the reasons.</summary>
internal static class AccountStateJson
{
    /// <summary>One object.</summary>
    public static void Write(
        Utf8JsonWriter writer,
        PastAccount past,
        IReadOnlyDictionary<string, Offset> why,
        IReadOnlyList<RecordedEvent> events
    )
    {
        var snapshot = past.Snapshot();
        writer.WriteStartObject();
        WriteMoment(writer, "asOf", past.AsOf);
        writer.WriteString("user"u8, past.View.User.Value);
        writer.WriteString("accountId"u8, past.View.Account.Value);
        var state = JsonSerializer.SerializeToElement(snapshot, AnswerJson.Default.SnapshotMessage);
        foreach (var part in (ReadOnlySpan<string>)["account", "positions", "orders"])
        {
            writer.WritePropertyName(part);
            state.GetProperty(part).WriteTo(writer);
        }

        writer.WriteStartArray("prices"u8);
        foreach (var price in past.Prices.Values.OrderBy(price => price.Tick.Symbol.Value, StringComparer.Ordinal))
        {
            WritePrice(writer, price);
        }

        writer.WriteEndArray();
        writer.WriteStartObject("why"u8);
        foreach (var (figure, offset) in why)
        {
            writer.WriteNumber(figure, offset.Value);
        }

        writer.WriteEndObject();
        if (events.Count > 0)
        {
            writer.WriteStartArray("events"u8);
            foreach (var recorded in events)
            {
                WriteEvent(writer, recorded);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>A moment.</summary>
    public static void WriteMoment(Utf8JsonWriter writer, string name, AsOf at)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("offset"u8, at.Offset);
        writer.WriteString("time"u8, at.Time.UtcDateTime);
        writer.WriteEndObject();
    }

    /// <summary>A price with its place in the market log.</summary>
    public static void WritePrice(Utf8JsonWriter writer, PastTick price)
    {
        writer.WriteStartObject();
        writer.WriteString("symbol"u8, price.Tick.Symbol.Value);
        writer.WriteNumber("bid"u8, price.Tick.Bid.ToDecimal());
        writer.WriteNumber("ask"u8, price.Tick.Ask.ToDecimal());
        writer.WriteNumber("offset"u8, price.Offset.Value);
        writer.WriteString("recordedAt"u8, price.RecordedAt.UtcDateTime);
        writer.WriteNumber("timestampMs"u8, price.Tick.TimestampMs);
        writer.WriteEndObject();
    }

    /// <summary>An event as the verb <c>events</c> prints it.</summary>
    public static void WriteEvent(Utf8JsonWriter writer, RecordedEvent recorded)
    {
        try
        {
            EventLine.Write(writer, recorded, recorded.Decode(), withSource: true);
        }
        catch (UnknownEventException unknown)
        {
            EventLine.WriteUndecodable(writer, recorded, unknown.Message);
        }
    }
}
