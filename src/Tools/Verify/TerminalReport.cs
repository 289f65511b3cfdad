using Spectre.Console;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Tools.Verify;

/// <summary>For people: findings and a verdict.</summary>
internal sealed class TerminalReport : IVerifyReport
{
    /// <inheritdoc/>
    public void Tell(string log, Finding finding) =>
        AnsiConsole.MarkupLine(
            $"[red]{finding.Kind}[/] in the {log} at offset {finding.Offset}: {Markup.Escape(finding.Detail)}"
        );

    /// <inheritdoc/>
    public void Tell(AnchorVerdict anchor) => Console.WriteLine(anchor.Words());

    /// <inheritdoc/>
    public void End(string log, Offset head, ReadOnlyMemory<byte> hash, int findings)
    {
        var verdict = findings == 0 ? "[green]whole[/]" : $"[red]{findings} findings[/]";
        AnsiConsole.MarkupLine($"{log}: {verdict}, {head.Value:N0} {(log == "market" ? "ticks" : "events")}");
        if (!hash.IsEmpty && findings == 0)
        {
            // Not through Spectre: wrapped, it could not be copied.
            Console.WriteLine(
                $"  keep this outside the database: --anchor={head}:{Convert.ToHexStringLower(hash.Span)}"
            );
        }
    }
}
