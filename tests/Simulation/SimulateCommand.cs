using System.Diagnostics;
using System.Globalization;
using Trading.Simulation.World;

namespace Trading.Simulation;

/// <summary>The command line of the simulation: <c>--seeds=N</c> tries N seeds from <c>--first</c> on; <c>--seed=S</c> shows
/// one.</summary>
internal sealed class SimulateCommand(TextWriter output)
{
    private const int LinesShown = 60;

    /// <summary>Runs; 0 when all went well, 1 when a seed failed, 2 when the options make no sense.</summary>
    public int Run(string[] arguments)
    {
        var options = new Dictionary<string, int>();
        foreach (var argument in arguments)
        {
            var parts = argument.TrimStart('-').Split('=', 2);
            if (parts is not [var name, var text] || !int.TryParse(text, CultureInfo.InvariantCulture, out var value))
            {
                output.WriteLine($"'{argument}' is none of --seeds=N --first=N --seed=N --threads=N");
                return 2;
            }

            options[name] = value;
        }

        return options.TryGetValue("seed", out var seed)
            ? Show(seed)
            : Try(
                options.GetValueOrDefault("first", 1),
                options.GetValueOrDefault("seeds", 500),
                options.GetValueOrDefault("threads", Environment.ProcessorCount)
            );
    }

    private int Show(int seed)
    {
        var outcome = World.Simulation.Run(seed);
        foreach (var line in outcome.Trace)
        {
            output.WriteLine(line);
        }

        output.WriteLine($"seed {seed}: {outcome.Steps} steps, {outcome.Events} events, trace {outcome.Hash}");
        if (outcome.Found is not { } found)
        {
            return 0;
        }

        output.WriteLine($"WRONG: {found.Rule}: {found.What}");
        return 1;
    }

    private int Try(int first, int count, int threads)
    {
        var clock = Stopwatch.StartNew();
        var next = first - 1;
        var tally = new Tally();
        var workers = Enumerable
            .Range(0, Math.Max(1, threads))
            .Select(_ => new Thread(() =>
            {
                for (int seed; (seed = Interlocked.Increment(ref next)) < first + count; )
                {
                    tally.Add(World.Simulation.Run(seed));
                }
            }))
            .ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());

        foreach (var failure in tally.Failures)
        {
            Explain(failure);
        }

        tally.Write(output, clock.Elapsed);
        return tally.Failures.Count == 0 ? 0 : 1;
    }

    private void Explain(Outcome failure)
    {
        var seed = failure.Plan.Seed;
        output.WriteLine($"FAILED seed {seed}: {failure.Found!.Rule}: {failure.Found.What}");
        foreach (var line in failure.Trace.TakeLast(LinesShown))
        {
            output.WriteLine($"    {line}");
        }

        output.WriteLine($"  replay: ./build.sh --target=Simulate --seed={seed}");
    }
}
