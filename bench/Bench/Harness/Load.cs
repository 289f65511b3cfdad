using System.Diagnostics;

namespace Trading.Bench.Harness;

/// <summary>Runs the same work in several places for a while and counts what got done.</summary>
internal static class Load
{
    // The first part of a run pays for compilation, connections and empty caches.
    private const double WarmUpShare = 0.25;

    /// <summary>Units of work per second. Work that began before the warm-up's end does not count.</summary>
    /// <param name="workers">How many loops run side by side.</param>
    /// <param name="seconds">Measured time; the warm-up comes on top.</param>
    /// <param name="work">One step of worker n; gives the units it got done.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<(double PerSecond, Percentiles Waits)> RunAsync(
        int workers,
        double seconds,
        Func<int, CancellationToken, Task<int>> work,
        CancellationToken cancellation
    )
    {
        var begin = Stopwatch.GetTimestamp() + (long)(seconds * WarmUpShare * Stopwatch.Frequency);
        var end = begin + (long)(seconds * Stopwatch.Frequency);
        var loops = await Task.WhenAll(
            Enumerable.Range(0, workers).Select(worker => Task.Run(() => LoopAsync(worker), cancellation))
        );
        return (loops.Sum(loop => loop.Units) / seconds, Percentiles.OfTicks(loops.SelectMany(loop => loop.Waits)));

        async Task<(long Units, List<long> Waits)> LoopAsync(int worker)
        {
            var units = 0L;
            List<long> waits = [];
            while (true)
            {
                var started = Stopwatch.GetTimestamp();
                if (started >= end)
                {
                    return (units, waits);
                }

                var done = await work(worker, cancellation);
                var finished = Stopwatch.GetTimestamp();
                if (started >= begin && finished <= end)
                {
                    units += done;
                    waits.Add(finished - started);
                }
            }
        }
    }

    /// <summary>Units per second of one piece of work.</summary>
    public static async Task<double> OnceAsync(Func<Task<long>> work)
    {
        var started = Stopwatch.GetTimestamp();
        var units = await work();
        return units / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
