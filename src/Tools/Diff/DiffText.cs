using Spectre.Console;
using Trading.Projections.TimeTravel;
using Trading.Tools.State;

namespace Trading.Tools.Diff;

/// <summary>For people: each event with its changes below it, then the summary.</summary>
internal sealed class DiffText(bool whole) : IDiffReport
{
    /// <inheritdoc/>
    public ValueTask TellAsync(AccountStep step, CancellationToken cancellation)
    {
        var recorded = step.Event;
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{recorded.Offset}[/] {recorded.Type[(recorded.Type.LastIndexOf('.') + 1)..]} [grey]{AccountFigures.Text(recorded.RecordedAt)}[/]"
        );
        Show(step.Changes);
        if (whole)
        {
            // Not through Spectre: wrapped, it could not be copied.
            Console.WriteLine(EventText.Of(recorded));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask EndAsync(DiffSummary summary, CancellationToken cancellation)
    {
        AnsiConsole.MarkupLineInterpolated(
            $"\n[bold]From offset {summary.From.Offset} to {summary.To.Offset}[/], {summary.Changes.Count} figures changed"
        );
        Show(summary.Changes);
        if (summary is { EquityByEvents: { } events, EquityByPrices: { } prices })
        {
            AnsiConsole.MarkupLineInterpolated(
                $"  equity: {events:+0.00;-0.00;0} by events, {prices:+0.00;-0.00;0} by prices"
            );
        }

        return ValueTask.CompletedTask;
    }

    private static void Show(IReadOnlyList<FigureChange> changes)
    {
        foreach (var change in changes)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"  {change.Figure}: {AccountFigures.Text(change.Before)} → [green]{AccountFigures.Text(change.After)}[/]"
            );
        }
    }
}
