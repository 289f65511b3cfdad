using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Trading.Projections.Rebuilding;

namespace Trading.Tools.Rebuild;

/// <summary>Tells how rebuilds go: bars with rate and time left on a terminal, and what became of each at the end.</summary>
internal sealed class RebuildOutput(bool json)
{
    /// <summary>Runs work for each read model and shows how far each is.</summary>
    public async Task<int[]> ShowAsync(
        IReadOnlyList<string> projections,
        Func<string, Action<Projections.Rebuilding.Rebuild>, Task<int>> work
    )
    {
        if (json || Console.IsOutputRedirected)
        {
            return await Task.WhenAll(projections.Select(projection => work(projection, _ => { })));
        }

        return await AnsiConsole
            .Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(bars =>
                Task.WhenAll(
                    projections.Select(projection =>
                    {
                        var bar = bars.AddTask(projection, autoStart: true, maxValue: 1);
                        return work(
                            projection,
                            rebuild =>
                            {
                                bar.Value = rebuild.Part;
                                bar.Description = Describe(rebuild);
                            }
                        );
                    })
                )
            );
    }

    /// <summary>It has come to an end.</summary>
    public void Tell(Projections.Rebuilding.Rebuild rebuild)
    {
        if (json)
        {
            JsonLine.Write(writer => Write(writer, rebuild));
            return;
        }

        Console.WriteLine(
            rebuild.State switch
            {
                RebuildState.Done => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rebuild.Projection}: readers see table {rebuild.Generation}, at offset {rebuild.Checkpoint.Value:N0}{(rebuild.Verified ? ", verified" : "")}"
                ),
                RebuildState.Failed => $"{rebuild.Projection}: failed. {rebuild.Problem}",
                RebuildState.Cancelled => $"{rebuild.Projection}: given up. {rebuild.Problem}".TrimEnd(),
                _ => $"{rebuild.Projection}: {Word(rebuild)}, to be given up",
            }
        );
    }

    /// <summary>Another process is at it, or was.</summary>
    public void Joins(Projections.Rebuilding.Rebuild rebuild)
    {
        if (!json)
        {
            Console.Error.WriteLine(
                $"{rebuild.Projection}: asked for before, by {rebuild.AskedBy}; going on with that one."
            );
        }
    }

    /// <summary>It cannot be done.</summary>
    public void Refused(string projection, string reason) => Console.Error.WriteLine($"{projection}: {reason}");

    /// <summary>Ended by Ctrl-C.</summary>
    public void Interrupted(Projections.Rebuilding.Rebuild rebuild) =>
        Console.Error.WriteLine(
            $"{rebuild.Projection}: interrupted at offset {rebuild.Checkpoint}; run it again to go on, or with --cancel to give it up."
        );

    /// <summary>The table before is gone, or there was none.</summary>
    public void Dropped(string projection, bool wasThere)
    {
        if (json)
        {
            JsonLine.Write(writer =>
            {
                writer.WriteString("projection"u8, projection);
                writer.WriteBoolean("dropped"u8, wasThere);
            });
            return;
        }

        Console.WriteLine($"{projection}: {(wasThere ? "dropped" : "there is no earlier table")}");
    }

    private static void Write(Utf8JsonWriter writer, Projections.Rebuilding.Rebuild rebuild)
    {
        writer.WriteNumber("id"u8, rebuild.Id);
        writer.WriteString("projection"u8, rebuild.Projection);
        writer.WriteString("kind"u8, rebuild.Kind.ToString().ToLowerInvariant());
        writer.WriteString("state"u8, Word(rebuild));
        writer.WriteNumber("generation"u8, rebuild.Generation);
        writer.WriteNumber("replaces"u8, rebuild.Replaces);
        writer.WriteNumber("checkpoint"u8, rebuild.Checkpoint.Value);
        writer.WriteNumber("head"u8, rebuild.Head.Value);
        writer.WriteBoolean("verified"u8, rebuild.Verified);
        if (rebuild.Problem is { } problem)
        {
            writer.WriteString("problem"u8, problem);
        }
    }

    private static string Describe(Projections.Rebuilding.Rebuild rebuild) =>
        Markup.Escape(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{rebuild.Projection}: {Word(rebuild)}, {rebuild.Rate:N0} events/s"
            ) + (rebuild.Left is { } left ? $", {left:h\\:mm\\:ss} left" : "")
        );

    private static string Word(Projections.Rebuilding.Rebuild rebuild) => rebuild.State.ToString().ToLowerInvariant();
}
