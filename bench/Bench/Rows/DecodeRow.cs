using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Peers;
using Trading.Protocol.CTrader;

namespace Trading.Bench.Rows;

/// <summary>Wire frames to quotes, nothing else: our reader beside the Node client that traders use today.</summary>
internal sealed class DecodeRow : IRow
{
    private const int Frames = 200_000;

    public string Key => "decode";

    public string What => "cTrader spot frames decoded, 1 thread";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var frames = SpotFrames.Many(Frames, [1, 2, 3], account: 1, startMs: 1_700_000_000_000);
        TickLimits.Decode(frames, run.Seconds / 4);
        var ours = TickLimits.Decode(frames, run.Seconds);
        var (peers, absent) = await PeersAsync(run, frames, cancellation);
        return new()
        {
            Ours = [new("frame and envelope and quote", ours, "frames/s")],
            Limits = [GeneratedLimit(frames, run.Seconds)],
            Peers = peers,
            How =
                $"{Frames} ready-made frames in memory, read again and again. The limit is what Google.Protobuf makes of them. "
                + "The peer (@reiryoku/ctrader-layer under Node) does what its connection does for each event, without its "
                + $"socket. {absent}",
        };
    }

    private static Figure GeneratedLimit(byte[] frames, double seconds)
    {
        var quotes = 0L;
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started).TotalSeconds < seconds)
        {
            for (ReadOnlySpan<byte> left = frames; left.Length > 0; quotes++)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(left);
                var message = ProtoMessage.Parser.ParseFrom(left.Slice(4, length));
                _ = ProtoOASpotEvent.Parser.ParseFrom(message.Payload);
                left = left[(4 + length)..];
            }
        }

        var perSecond = quotes / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return new("the classes that protoc generates", perSecond, "frames/s");
    }

    private static async Task<(IReadOnlyList<Figure> Peers, string Absent)> PeersAsync(
        BenchRun run,
        byte[] frames,
        CancellationToken cancellation
    )
    {
        try
        {
            var node = await NodePeers.InstallAsync(run, cancellation);
            var file = Path.Combine(run.Folder, "spot.frames");
            await File.WriteAllBytesAsync(file, frames, cancellation);
            using var process = node.Run("decode.mjs", file, run.Seconds.ToString());
            var said = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            using var result = JsonDocument.Parse(said);
            var perSecond = result.RootElement.GetProperty("perSecond").GetDouble();
            return ([new("@reiryoku/ctrader-layer 2.2.0", perSecond, "frames/s")], "");
        }
        catch (PeerMissingException missing)
        {
            return ([], $"No peer: {missing.Message}");
        }
    }
}
