using System.Text.Json;
using Trading.Projections.TimeTravel;
using Trading.Tools.Events;
using Trading.Tools.State;

namespace Trading.Tools.Diff;

/// <summary>For programs: one object an event, and one for the summary.</summary>
internal sealed class DiffLines(LineOutput output, bool whole) : IDiffReport
{
    /// <inheritdoc/>
    public async ValueTask TellAsync(DiffStep step, CancellationToken cancellation)
    {
        var writer = output.Begin();
        var recorded = step.Event;
        writer.WriteStartObject();
        writer.WriteNumber("offset"u8, recorded.Offset.Value);
        writer.WriteNumber("version"u8, recorded.Version.Value);
        writer.WriteString("type"u8, recorded.Type);
        writer.WriteString("occurredAt"u8, recorded.OccurredAt.UtcDateTime);
        writer.WriteString("recordedAt"u8, recorded.RecordedAt.UtcDateTime);
        WriteChanges(writer, step.Changes);
        if (whole)
        {
            writer.WritePropertyName("event"u8);
            AccountStateJson.WriteEvent(writer, recorded);
        }

        writer.WriteEndObject();
        await output.EndAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask EndAsync(DiffTotal total, CancellationToken cancellation)
    {
        var writer = output.Begin();
        writer.WriteStartObject();
        writer.WriteStartObject("summary"u8);
        AccountStateJson.WriteMoment(writer, "from", total.From);
        AccountStateJson.WriteMoment(writer, "to", total.To);
        WriteChanges(writer, total.Changes);
        if (total.Equity is { } equity)
        {
            writer.WriteStartObject("equityChange"u8);
            writer.WritePropertyName("byEvents"u8);
            AccountFigures.WriteValue(writer, equity.ByEvents);
            writer.WritePropertyName("byPrices"u8);
            AccountFigures.WriteValue(writer, equity.ByPrices);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        await output.EndAsync(cancellation);
        await output.FlushAsync(cancellation);
    }

    private static void WriteChanges(Utf8JsonWriter writer, IReadOnlyList<FigureChange> changes)
    {
        writer.WriteStartObject("changes"u8);
        foreach (var change in changes)
        {
            writer.WriteStartObject(change.Figure);
            writer.WritePropertyName("before"u8);
            AccountFigures.WriteValue(writer, change.Before);
            writer.WritePropertyName("after"u8);
            AccountFigures.WriteValue(writer, change.After);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
