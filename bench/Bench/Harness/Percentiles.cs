using System.Diagnostics;

namespace Trading.Bench.Harness;

/// <summary>How long single operations took, in milliseconds.</summary>
internal sealed record Percentiles(int Count, double P50, double P90, double P99, double Max)
{
    /// <summary>From durations in <see cref="Stopwatch"/> ticks.</summary>
    public static Percentiles OfTicks(IEnumerable<long> durations) =>
        OfMilliseconds(durations.Select(ticks => ticks * 1_000.0 / Stopwatch.Frequency));

    public static Percentiles OfMilliseconds(IEnumerable<double> durations)
    {
        var sorted = durations.Order().ToArray();
        return sorted.Length == 0
            ? throw new InvalidOperationException("Nothing was measured.")
            : new(sorted.Length, At(sorted, 0.50), At(sorted, 0.90), At(sorted, 0.99), sorted[^1]);
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];

    public override string ToString() => $"p50 {P50:0.00} ms, p99 {P99:0.00} ms, max {Max:0.0} ms";
}
