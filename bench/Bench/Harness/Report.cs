using System.Text;
using System.Text.Json;

namespace Trading.Bench.Harness;

/// <summary>A row as it came out: its result, or why there is none.</summary>
internal sealed record Outcome(IRow Row, RowResult? Result, string? Error, TimeSpan Took);

/// <summary>Writes the outcomes for people (terminal and markdown) and for programs (JSON).</summary>
internal static class Report
{
    public static string Line(Outcome outcome)
    {
        if (outcome.Result is not { } result)
        {
            return $"  not measured: {outcome.Error}\n";
        }

        var text = new StringBuilder();
        foreach (var figure in result.Ours)
        {
            text.Append($"  {"ours", -6} {Describe(figure)}\n");
        }

        foreach (var limit in result.Limits)
        {
            text.Append($"  {"limit", -6} {Describe(limit)}{RatioTo(result.Ours[0], limit)}\n");
        }

        foreach (var peer in result.Peers)
        {
            text.Append($"  {"peer", -6} {Describe(peer)}{RatioTo(result.Ours[0], peer)}\n");
        }

        foreach (var mark in result.Marks)
        {
            text.Append($"  {"mark", -6} {mark.Text}: {(mark.Reached ? "reached" : "NOT reached")}\n");
        }

        return text.ToString();
    }

    public static string Markdown(IReadOnlyList<Outcome> outcomes, string machine, double seconds)
    {
        var text = new StringBuilder();
        text.Append("# Bench results\n\n");
        text.Append($"Written by `./build.sh --target=Bench`: {machine}. ");
        text.Append($"Each figure was measured for about {seconds:0.#} s, limits and peers in the same run. ");
        text.Append("A ratio is ours divided by the other figure.\n\n");
        text.Append("| what | ours | limit in this run | peer in this run | mark | reached |\n");
        text.Append("|---|---|---|---|---|---|\n");
        foreach (var (row, result, error, _) in outcomes)
        {
            text.Append($"| **{row.Key}**: {row.What} ");
            if (result is null)
            {
                text.Append($"| not measured: {Escape(error!)} | | | | |\n");
                continue;
            }

            text.Append($"| {Cell(result.Ours.Select(Describe))} ");
            text.Append($"| {Cell(result.Limits.Select(limit => Describe(limit) + RatioTo(result.Ours[0], limit)))} ");
            text.Append($"| {Cell(result.Peers.Select(peer => Describe(peer) + RatioTo(result.Ours[0], peer)))} ");
            text.Append($"| {Cell(result.Marks.Select(mark => mark.Text))} ");
            text.Append($"| {Cell(result.Marks.Select(mark => mark.Reached ? "yes" : "no"))} |\n");
        }

        text.Append("\n## How each row was measured\n\n");
        foreach (var (row, result, _, took) in outcomes.Where(outcome => outcome.Result is not null))
        {
            text.Append($"- **{row.Key}** ({took.TotalSeconds:0} s). {result!.How}\n");
        }

        return text.ToString();
    }

    public static string Json(IReadOnlyList<Outcome> outcomes, string machine, double seconds) =>
        JsonSerializer.Serialize(
            new
            {
                machine,
                secondsPerFigure = seconds,
                rows = outcomes.Select(outcome => new
                {
                    key = outcome.Row.Key,
                    what = outcome.Row.What,
                    error = outcome.Error,
                    tookSeconds = Math.Round(outcome.Took.TotalSeconds, 1),
                    result = outcome.Result,
                }),
            },
            new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }
        ) + "\n";

    private static string Describe(Figure figure) =>
        $"{figure.Name}: {Numbers.Short(figure.Value)} {figure.Unit}{(figure.Waits is null ? "" : $" ({figure.Waits})")}";

    private static string RatioTo(Figure ours, Figure other) =>
        ours.Unit == other.Unit && other.Value > 0 ? $" [ratio {ours.Value / other.Value:0.00}]" : "";

    private static string Cell(IEnumerable<string> lines) => string.Join("<br>", lines.Select(Escape));

    private static string Escape(string text) => text.Replace("|", "\\|").ReplaceLineEndings(" ");
}
