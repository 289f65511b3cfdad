using Spectre.Console;
using Trading.Domain.Logs;
using Trading.EventStore.Verification;

namespace Trading.Tools.Verify;

/// <summary>For people: progress while it goes, then findings and a verdict.</summary>
internal sealed class TerminalReport : IVerifyReport
{
    // The line is written over; more often than this only flickers.
    private const long ShowEvery = 100_000;
    private string _log = "";
    private Offset _head;
    private long _shown;

    /// <inheritdoc/>
    public void Begin(string log, Offset head)
    {
        (_log, _head, _shown) = (log, head, 0);
    }

    /// <inheritdoc/>
    public void Report(Offset value)
    {
        if (value.Value - _shown >= ShowEvery && _head.Value > 0)
        {
            _shown = value.Value;
            AnsiConsole.Markup(
                $"\r{_log}: {value.Value:N0} of {_head.Value:N0} ({100 * value.Value / _head.Value} %)   "
            );
        }
    }

    /// <inheritdoc/>
    public void Tell(string log, Finding finding) =>
        AnsiConsole.MarkupLine(
            $"\r[red]{finding.Kind}[/] in the {log} at offset {finding.Offset}: {Markup.Escape(finding.Detail)}"
        );

    /// <inheritdoc/>
    public void End(string log, Offset head, ReadOnlyMemory<byte> hash, int findings)
    {
        var verdict = findings == 0 ? "[green]whole[/]" : $"[red]{findings} findings[/]";
        AnsiConsole.MarkupLine($"\r{log}: {verdict}, {head.Value:N0} events{new string(' ', 30)}");
        if (!hash.IsEmpty && findings == 0)
        {
            // Not through Spectre: wrapped, it could not be copied.
            Console.WriteLine(
                $"  keep this outside the database: --anchor={head}:{Convert.ToHexStringLower(hash.Span)}"
            );
        }
    }
}
