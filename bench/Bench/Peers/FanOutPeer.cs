using System.Globalization;
using Trading.Bench.Clients;
using Trading.Bench.Harness;

namespace Trading.Bench.Peers;

/// <summary>The <c>ws</c> package under Node, on which the traders' present tick streamer is built.</summary>
internal static class FanOutPeer
{
    public static async Task<Figure> MeasureAsync(
        BenchRun run,
        string message,
        int clients,
        CancellationToken cancellation
    )
    {
        var node = await NodePeers.InstallAsync(run, cancellation);
        using var server = node.Run("fan-out.mjs", message);
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(cancellation);
            var port = int.Parse(line ?? "", CultureInfo.InvariantCulture);
            var job = new ClientJob("websocket", "127.0.0.1", port, "/", "", clients, run.Seconds, []);
            var count = await ClientProcess.RunAsync(job, null, cancellation);
            return new("ws 8 under Node", count.PerSecond, "messages/s");
        }
        finally
        {
            server.Kill();
        }
    }
}
