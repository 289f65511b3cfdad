using System.Diagnostics;
using Trading.Bench.Harness;
using Trading.Bench.Rows;

namespace Trading.Bench;

/// <summary>Measures every mark of the design beside its limit and its peers.</summary>
internal static class Program
{
    private const string Usage = """
        Measures this system beside what the machine can do, in one run.

        Options
          --only=KEY,KEY   only these rows
          --seconds=N      measured time of each figure (default 4)
          --out=FOLDER     where latest.md and latest.json go (default bench/results)
          --list           the keys and what they measure
        """;

    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case [ChildProcess.Client, var job]:
                return await Clients.ClientProcess.ServeAsync(job);
            case [ChildProcess.Memory, var job]:
                return await Stage.MemoryProbe.ServeAsync(job);
        }

        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) =>
        {
            pressed.Cancel = true;
            stop.Cancel();
        };
        try
        {
            return await RunAsync(args, stop.Token);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{Usage}");
            return 2;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Stopped.");
            return 130;
        }
    }

    private static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        var options = BenchOptions.Parse(args);
        if (options.List)
        {
            foreach (var row in AllRows.InOrder)
            {
                Console.WriteLine($"{row.Key, -14} {row.What}");
            }

            return 0;
        }

        var rows = options.Choose(AllRows.InOrder);
        var folder = Path.Combine(AppContext.BaseDirectory, "run");
        Directory.CreateDirectory(folder);
        var machine = await Machine.DescribeAsync(cancellation);
        List<Outcome> outcomes = [];
        await using (var run = new BenchRun(options.Seconds, folder))
        {
            foreach (var row in rows)
            {
                Console.WriteLine($"{row.Key}: {row.What}");
                outcomes.Add(await MeasureAsync(row, run, cancellation));
                Console.WriteLine(Report.Line(outcomes[^1]));
            }
        }

        Directory.CreateDirectory(options.Out);
        await File.WriteAllTextAsync(
            Path.Combine(options.Out, "latest.md"),
            Report.Markdown(outcomes, machine, options.Seconds),
            cancellation
        );
        await File.WriteAllTextAsync(
            Path.Combine(options.Out, "latest.json"),
            Report.Json(outcomes, machine, options.Seconds),
            cancellation
        );
        Console.WriteLine($"Written to {Path.Combine(options.Out, "latest.md")}.");
        return outcomes.Exists(outcome => outcome.Error is not null) ? 1 : 0;
    }

    private static async Task<Outcome> MeasureAsync(IRow row, BenchRun run, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromSeconds(60 + (run.Seconds * 20)));
        try
        {
            await run.SettleAsync(limit.Token);
            var result = await row.MeasureAsync(run, limit.Token);
            return new(row, result, null, Stopwatch.GetElapsedTime(started));
        }
        catch (Exception fault) when (!cancellation.IsCancellationRequested)
        {
            // One row's failure must not cost the others; it is shown in its place and in the exit code.
            await Console.Error.WriteLineAsync(fault.ToString());
            return new(row, null, $"{fault.GetType().Name}: {fault.Message}", Stopwatch.GetElapsedTime(started));
        }
    }
}
