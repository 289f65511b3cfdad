using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Trading.Domain.Events;

/// <summary>Readable JSON of any event: for people, tools and screens, never for storage.</summary>
/// <remarks>
/// Names are camelCase. An exact number is a JSON number with all its digits, however many;
/// an absent one is null. An enum is its short name (<c>buy</c>, <c>demo</c>). Times stay Unix milliseconds, as in the
/// contract. Sealed bytes are <c>{"sealed":"base64"}</c>; the broker's own words are
/// <c>{"type":"…","body":"base64"}</c>. Every field is present, so the shape of one event type never varies; only where
/// personal fields could not be opened, they are empty and <c>sealed</c> stands beside them.
/// </remarks>
public static class EventJson
{
    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private static readonly ConcurrentDictionary<MessageDescriptor, EventJsonField[]> Shapes = new();

    /// <summary>Writes an event as one JSON object.</summary>
    /// <param name="writer">Where a value may stand.</param>
    /// <param name="payload">A message of <c>proto/events</c>.</param>
    /// <param name="withSource">Whether the broker's own words are included: auditors want them, screens do not.</param>
    public static void Write(Utf8JsonWriter writer, IMessage payload, bool withSource = true)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(payload);
        writer.WriteStartObject();
        WriteFields(writer, payload, withSource);
        writer.WriteEndObject();
    }

    /// <summary>Writes an event's fields into an object that the caller has opened.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteFields(Utf8JsonWriter writer, IMessage payload, bool withSource = true)
    {
        foreach (var field in ShapeOf(payload.Descriptor))
        {
            if ((field.IsSource && !withSource) || (field.IsSealed && field.IsEmptyIn(payload)))
            {
                continue;
            }

            writer.WritePropertyName(field.Name);
            field.WriteValue(writer, payload);
        }
    }

    /// <summary>An event as one line of JSON.</summary>
    /// <inheritdoc cref="Write"/>
    public static string Format(IMessage payload, bool withSource = true)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            Write(writer, payload, withSource);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static EventJsonField[] ShapeOf(MessageDescriptor descriptor) =>
        Shapes.GetOrAdd(
            descriptor,
            static message => [.. message.Fields.InDeclarationOrder().Select(field => new EventJsonField(field))]
        );
}
