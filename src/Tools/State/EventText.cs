using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trading.Domain.Logs;

namespace Trading.Tools.State;

/// <summary>An event for people: indented JSON, the broker's message in words.</summary>
internal static class EventText
{
    private static readonly JsonWriterOptions Readable = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The text.</summary>
    public static string Of(RecordedEvent recorded)
    {
        var buffer = new ArrayBufferWriter<byte>(2_048);
        using (var writer = new Utf8JsonWriter(buffer, Readable))
        {
            AccountStateJson.WriteEvent(writer, recorded);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
