using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Trading.Bench.Harness;

/// <summary>Where a run took place.</summary>
internal static class Machine
{
    private const string LoadFile = "/proc/loadavg";

    /// <summary>In words, with how busy it is right now: on a machine with other work only ratios mean anything.</summary>
    public static async Task<string> DescribeAsync(CancellationToken cancellation)
    {
        var load = File.Exists(LoadFile)
            ? (await File.ReadAllTextAsync(LoadFile, cancellation)).Split(' ')[0]
            : "unknown";
        return $"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, "
            + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, "
            + $"{(IsOptimised() ? "Release" : "DEBUG")} build, load average {load} when it began";
    }

    private static bool IsOptimised() =>
        typeof(Machine)
            .Assembly.GetCustomAttributes(false)
            .OfType<DebuggableAttribute>()
            .All(attribute => !attribute.IsJITOptimizerDisabled);
}
