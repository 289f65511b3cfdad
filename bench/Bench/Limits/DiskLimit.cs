using System.Diagnostics;
using Trading.Bench.Harness;

namespace Trading.Bench.Limits;

/// <summary>How long the disk takes to make 8 KiB durable.</summary>
internal static class DiskLimit
{
    public static Task<Figure> FlushAsync(BenchRun run, CancellationToken cancellation) =>
        run.LimitAsync(
            "flush",
            async () =>
            {
                var path = Path.Combine(run.Folder, "flush");
                await using var file = new FileStream(
                    path,
                    new FileStreamOptions
                    {
                        Mode = FileMode.Create,
                        Access = FileAccess.Write,
                        Options = FileOptions.DeleteOnClose,
                        BufferSize = 0,
                        PreallocationSize = 1 << 20,
                    }
                );
                var page = new byte[8_192];
                List<long> waits = [];
                var started = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(started).TotalSeconds < Math.Min(run.Seconds, 1))
                {
                    var before = Stopwatch.GetTimestamp();
                    file.Position = waits.Count % 128 * page.Length;
                    await file.WriteAsync(page, cancellation);
                    file.Flush(flushToDisk: true);
                    waits.Add(Stopwatch.GetTimestamp() - before);
                }

                var all = Percentiles.OfTicks(waits);
                return new Figure("write and flush of 8 KiB to disk", all.P50, "ms", all);
            }
        );
}
