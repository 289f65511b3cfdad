using System.Diagnostics;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Stage;

namespace Trading.Bench.Rows;

/// <summary>Ticks all the way: TLS frames, link, feed, market log, latest prices and candles.</summary>
internal sealed class TicksRow : IRow
{
    private const int FramesInOneBlock = 1_000_000;

    public string Key => "ticks";

    public string What => "ticks: wire frame → link → market log → latest prices and candles";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var connectionString = await run.DatabaseAsync(cancellation);
        double perSecond;
        double logged;
        await using (var stage = await BrokerStage.StartAsync(run, connectionString, cancellation))
        await using (var checkpoints = new Checkpoints(connectionString))
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
            var frames = SpotFrames.Many(FramesInOneBlock, stage.SymbolIds, BrokerStage.Account, now);
            // Warm-up: the whole way once, so that what is measured is the code as it runs all day.
            await PassAsync(stage, checkpoints, frames, 1, cancellation);
            var blocks = (int)Math.Max(1, run.Seconds);
            (perSecond, logged) = await PassAsync(stage, checkpoints, frames, blocks, cancellation);
        }

        return new()
        {
            Ours =
            [
                new("ticks in log, prices and candles", perSecond, "ticks/s"),
                new("ticks in log", logged, "ticks/s"),
            ],
            Limits =
            [
                await TickLimits.AppendAsync(run, 10_000, cancellation),
                TickLimits.Decode(run, FramesInOneBlock / 5),
            ],
            Marks = [Mark.AtLeast(perSecond, 1_000_000, "ticks/s")],
            How =
                "Ready-made frames of three symbols are written to the session's own TLS connection, which the sandbox has "
                + "brought up; sender, service and PostgreSQL share the machine. The clock stops when the checkpoints of "
                + "latest prices and candles have passed the last tick.",
        };
    }

    private static async Task<(double PerSecond, double Logged)> PassAsync(
        BrokerStage stage,
        Checkpoints checkpoints,
        byte[] frames,
        int blocks,
        CancellationToken cancellation
    )
    {
        var before = (await stage.Service.Market.HeadAsync(cancellation)).Value;
        // The first quote of a symbol after its subscription may repeat the last one and is then not recorded again.
        var last = before + ((long)blocks * FramesInOneBlock) - stage.SymbolIds.Count;
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < blocks; i++)
        {
            await stage.Wire.InjectAsync(frames, cancellation);
        }

        await Until.TrueAsync(
            "every tick is in the log",
            async () => (await stage.Service.Market.HeadAsync(cancellation)).Value >= last,
            cancellation
        );
        var logged = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await Until.TrueAsync(
            "prices and candles have followed",
            async () => await checkpoints.LowestAsync(cancellation, "latest_prices", "candles") >= last,
            cancellation
        );
        var followed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return ((last - before) / followed, (last - before) / logged);
    }
}
