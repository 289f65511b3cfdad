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
    public void Tell(AnchorVerdict anchor) =>
        JsonLine.Write(writer =>
        {
            writer.WriteString("log"u8, "journal"u8);
            writer.WriteNumber("anchor"u8, anchor.Offset.Value);
            writer.WriteBoolean("contained"u8, anchor.Contained);
            writer.WriteString("signedBy"u8, anchor.Signer);
            if (anchor.Trusted is { } trusted)
            {
                writer.WriteBoolean("trusted"u8, trusted);
            }

            if (anchor.AnchoredAt is { } at)
            {
                writer.WriteString("anchoredAt"u8, at.UtcDateTime);
            }

            writer.WriteString("detail"u8, anchor.Words());
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
