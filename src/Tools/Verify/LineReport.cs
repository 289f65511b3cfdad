using System.Text.Json;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Tools.Verify;

/// <summary>For programs: one JSON object a line on standard output.</summary>
internal sealed class LineReport : IVerifyReport
{
    /// <inheritdoc/>
    public void Tell(string log, Finding finding) =>
        JsonLine.Write(writer =>
        {
            writer.WriteString("log"u8, log);
            writer.WriteString("finding"u8, JsonNamingPolicy.CamelCase.ConvertName(finding.Kind.ToString()));
            writer.WriteNumber("offset"u8, finding.Offset.Value);
            writer.WriteString("detail"u8, finding.Detail);
        });

    /// <inheritdoc/>
    public void End(string log, Offset head, ReadOnlyMemory<byte> hash, int findings) =>
        JsonLine.Write(writer =>
        {
            writer.WriteString("log"u8, log);
            writer.WriteNumber("head"u8, head.Value);
            if (!hash.IsEmpty)
            {
                writer.WriteString("hash"u8, Convert.ToHexStringLower(hash.Span));
            }

            writer.WriteNumber("findings"u8, findings);
        });
}
