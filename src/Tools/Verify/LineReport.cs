using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Tools.Verify;

/// <summary>For programs: one JSON object a line on standard output.</summary>
internal sealed class LineReport : IVerifyReport
{
    /// <inheritdoc/>
    public void Begin(string log, Offset head) { }

    /// <inheritdoc/>
    public void Report(Offset value) { }

    /// <inheritdoc/>
    public void Tell(string log, Finding finding) =>
        Line(writer =>
        {
            writer.WriteString("log"u8, log);
            writer.WriteString("finding"u8, JsonNamingPolicy.CamelCase.ConvertName(finding.Kind.ToString()));
            writer.WriteNumber("offset"u8, finding.Offset.Value);
            writer.WriteString("detail"u8, finding.Detail);
        });

    /// <inheritdoc/>
    public void End(string log, Offset head, ReadOnlyMemory<byte> hash, int findings) =>
        Line(writer =>
        {
            writer.WriteString("log"u8, log);
            writer.WriteNumber("head"u8, head.Value);
            if (!hash.IsEmpty)
            {
                writer.WriteString("hash"u8, Convert.ToHexStringLower(hash.Span));
            }

            writer.WriteNumber("findings"u8, findings);
        });

    private static void Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
