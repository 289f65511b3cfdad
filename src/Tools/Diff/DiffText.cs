using Spectre.Console;
using Trading.Projections.TimeTravel;
using Trading.Tools.State;

namespace Trading.Tools.Diff;

/// <summary>For people: each event with its changes below it, then the summary.</summary>
internal sealed class DiffText(bool whole) : IDiffReport
{
    /// <inheritdoc/>
    public ValueTask TellAsync(DiffStep step, CancellationToken cancellation)
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
    public ValueTask EndAsync(DiffTotal total, CancellationToken cancellation)
    {
        AnsiConsole.MarkupLineInterpolated(
            $"\n[bold]From offset {total.From.Offset} to {total.To.Offset}[/], {total.Changes.Count} figures changed"
        );
        Show(total.Changes);
        if (total.Equity is { ByEvents: { } events, ByPrices: { } prices })
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
