using System.Diagnostics;
using System.Globalization;
using Trading.Simulation.World;

namespace Trading.Simulation;

/// <summary>The command line of the simulation: <c>--seeds=N</c> tries N seeds from <c>--first</c> on; <c>--seed=S</c> shows
/// one, with <c>--deeds=1,4,9</c> only those deeds of it. With <c>--history=1</c> the broker keeps ticks of the past.
/// <c>--counters=S</c> shows the small world on which the machinery itself is tried.</summary>
internal sealed class SimulateCommand(TextWriter output)
{
    private const int LinesShown = 60;
    private const int MostExplained = 5;
    private Mutant _world = Mutant.None;

    /// <summary>Runs; 0 when all went well, 1 when a seed failed, 2 when the options make no sense.</summary>
    public int Run(string[] arguments)
    {
        var options = new Dictionary<string, int>();
        IReadOnlyList<int>? deeds = null;
        foreach (var argument in arguments)
        {
            var parts = argument.TrimStart('-').Split('=', 2);
            var numbers = parts is [_, var list] ? Numbers(list) : null;
            if (parts[0] == "deeds" && numbers is not null)
            {
                deeds = numbers;
            }
            else if (
                parts[0] is "seeds" or "first" or "seed" or "threads" or "history" or "counters"
                && numbers is [var number]
            )
            {
                options[parts[0]] = number;
            }
            else
            {
                output.WriteLine(
                    $"'{argument}' is none of --seeds=N --first=N --threads=N --history=1 --seed=N --deeds=N,N,... --counters=N"
                );
                return 2;
            }
        }

        if (options.GetValueOrDefault("history") == 1)
        {
            _world = new() { Habits = new(KeepsTickHistory: true) };
        }

        if (options.TryGetValue("counters", out var counters))
        {
            Counters.Run(counters).ToList().ForEach(output.WriteLine);
            return 0;
        }

        return options.TryGetValue("seed", out var seed)
            ? Show(seed, deeds)
            : Try(
                options.GetValueOrDefault("first", 1),
                options.GetValueOrDefault("seeds", 500),
                options.GetValueOrDefault("threads", Environment.ProcessorCount)
            );
    }

    private static int[]? Numbers(string list)
    {
        var texts = list.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var numbers = new int[texts.Length];
        for (var index = 0; index < texts.Length; index++)
        {
            if (!int.TryParse(texts[index], CultureInfo.InvariantCulture, out numbers[index]))
            {
                return null;
            }
        }

        return numbers;
    }

    private int Show(int seed, IReadOnlyList<int>? deeds)
    {
        var plan = Plan.Of(seed);
        if (deeds is not null)
        {
            plan = plan with { Deeds = [.. plan.Deeds.Where(deed => deeds.Contains(deed.Number))] };
        }

        var outcome = World.Simulation.Run(plan, _world);
        foreach (var line in outcome.Trace)
        {
            output.WriteLine(line);
        }

        output.WriteLine(
            $"seed {seed}: {plan.Deeds.Count} deeds, {outcome.Steps} steps, {outcome.Events} events, trace {outcome.Hash}"
        );
        return outcome.Found is null ? 0 : 1;
    }

    private int Try(int first, int count, int threads)
    {
        var clock = Stopwatch.StartNew();
        var tally = Tally.Of(first, count, threads, _world);
        var took = clock.Elapsed;
        foreach (var failure in tally.Failures.Take(MostExplained))
        {
            Explain(failure);
        }

        tally.Write(output, took);
        return tally.Failures.Count == 0 ? 0 : 1;
    }

    private void Explain(Outcome failure)
    {
        var shrunk = Shrinking.Shrink(failure, _world);
        output.WriteLine(failure.ToString());
        output.WriteLine($"  shortened to {shrunk.Plan.Deeds.Count} of {failure.Plan.Deeds.Count} deeds:");
        foreach (var deed in shrunk.Plan.Deeds)
        {
            output.WriteLine($"    {deed}");
        }

        output.WriteLine($"  {shrunk.Found?.What}");
        foreach (var line in shrunk.Trace.TakeLast(LinesShown))
        {
            output.WriteLine($"    {line}");
        }

        output.WriteLine($"  {failure.Replay}");
        output.WriteLine(
            $"  {failure.Replay} --deeds={string.Join(',', shrunk.Plan.Deeds.Select(deed => deed.Number))}"
        );
    }
}
