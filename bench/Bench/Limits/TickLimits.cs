using System.Buffers;
using System.Diagnostics;
using Trading.Bench.Harness;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore;

namespace Trading.Bench.Limits;

/// <summary>Single steps of the ticks' way, each alone.</summary>
internal static class TickLimits
{
    private static readonly SymbolName[] Symbols = [new("EURUSD"), new("GBPUSD"), new("USDJPY")];

    /// <summary>So many ticks of a random walk, ten milliseconds apart.</summary>
    public static Tick[] Walk(int count, int seed, long startMs)
    {
        var random = new Random(seed);
        long[] bids = [1_08_543_000, 1_27_200_000, 149_450_00_000];
        var ticks = new Tick[count];
        for (var i = 0; i < count; i++)
        {
            var which = i % Symbols.Length;
            bids[which] += random.Next(-5, 6) * 1_000L;
            ticks[i] = new(Symbols[which], new(bids[which]), new(bids[which] + 12_000), startMs + (i * 10L));
        }

        return ticks;
    }

    /// <summary>Packed appends to the market log, nothing before and nothing behind them.</summary>
    public static Task<Figure> AppendAsync(BenchRun run, int block, CancellationToken cancellation) =>
        run.LimitAsync(
            $"tick append {block}",
            async () =>
            {
                await using var logs = await PostgresLogs.OpenAsync(
                    await run.DatabaseAsync(cancellation),
                    cancellation: cancellation
                );
                var feed = StreamName.Of("feed", "bench");
                var claim = await logs.Market.ClaimAsync(feed, cancellation);
                var ticks = Walk(block, 1, 1_700_000_000_000);
                var (perSecond, _) = await Load.RunAsync(
                    1,
                    run.Seconds,
                    async (_, token) =>
                    {
                        await logs.Market.AppendAsync(feed, claim.Epoch, ticks, token);
                        return block;
                    },
                    cancellation
                );
                return new Figure($"packed append alone, {Numbers.Short(block)} ticks a commit", perSecond, "ticks/s");
            }
        );

    /// <summary>Wire frames decoded, nothing else.</summary>
    public static Figure Decode(BenchRun run, int frames)
    {
        var bytes = SpotFrames.Many(frames, [1, 2, 3], account: 1, startMs: 1_700_000_000_000);
        Decode(bytes, run.Seconds / 8);
        return new("decoding alone, 1 thread", Decode(bytes, run.Seconds / 2), "ticks/s");
    }

    /// <summary>Frames decoded a second.</summary>
    public static double Decode(byte[] frames, double seconds)
    {
        var quotes = 0L;
        var sum = 0UL;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            var buffer = new ReadOnlySequence<byte>(frames);
            while (FrameReader.TryTake(ref buffer, FrameReader.DefaultCap, out var body) == FrameStatus.Complete)
            {
                if (
                    Envelope.TryParse(body.FirstSpan, out var envelope)
                    && SpotQuote.TryDecode(envelope.Payload, out var quote)
                )
                {
                    sum += quote.Bid;
                    quotes++;
                }
            }
        }

        var perSecond = quotes / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return sum > 0 ? perSecond : throw new InvalidOperationException("Nothing was decoded.");
    }
}
