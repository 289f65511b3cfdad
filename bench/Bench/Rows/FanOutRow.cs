using Trading.Bench.Clients;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Peers;
using Trading.Bench.Stage;
using Trading.Domain.Logs;

namespace Trading.Bench.Rows;

/// <summary>Ticks from the market log to a thousand clients.</summary>
internal sealed class FanOutRow : IRow
{
    private const int Clients = 1_000;
    private const int TicksInOneBlock = 32;

    // More than any client can be served: the hub is never waiting for work.
    private const int TicksPerSecond = 4_000;

    // As long as the service's own.
    private const string Message =
        """{"type":"tick","symbol":"EURUSD","bid":1.08543,"ask":1.08555,"timestamp":1700000000000,"offset":123456}""";

    public string Key => "fanout";

    public string What => "WebSocket fan-out of JSON messages to 1,000 clients";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var ours = await OursAsync(run, cancellation);
        var (peers, absent) = await PeersAsync(run, cancellation);
        return new()
        {
            Ours = [ours],
            Limits = [await SocketLimit.FanOutAsync(run, Message, Clients, cancellation)],
            Peers = peers,
            Marks = [Mark.AtLeast(ours.Value, 1_200_000, "messages/s")],
            How =
                "The same client process (1,000 bare sockets that count frames) takes from all three, on the same machine. Ours "
                + $"are ticks of one symbol, appended to the market log {TicksPerSecond} a second in blocks of {TicksInOneBlock} and "
                + "followed by the service; the limit writes ready-made frames. The peer is told to send as fast as its "
                + $"clients take. {absent}",
        };
    }

    private static async Task<Figure> OursAsync(BenchRun run, CancellationToken cancellation)
    {
        await using var service = await ServiceOnStage.StartAsync(
            await run.DatabaseAsync(cancellation),
            Path.Combine(run.Folder, "service"),
            brokerPort: 1,
            certificates: null,
            cancellation
        );
        var job = new ClientJob(
            "websocket",
            "127.0.0.1",
            service.Port,
            "/ws",
            "",
            Clients,
            run.Seconds,
            ["""{"type":"subscribe","symbols":["EURUSD"]}"""]
        );
        var count = await ClientProcess.RunAsync(job, token => AppendAsync(service, token), cancellation);
        return new("ticks delivered", count.PerSecond, "messages/s");
    }

    private static async Task AppendAsync(ServiceOnStage service, CancellationToken cancellation)
    {
        var feed = StreamName.Of("feed", "demo");
        var claim = await service.Market.ClaimAsync(feed, cancellation);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var ticks = TickLimits.Walk(TicksInOneBlock * 3, 1, now).Where(tick => tick.Symbol.Value == "EURUSD").ToArray();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)TicksInOneBlock / TicksPerSecond));
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            await service.Market.AppendAsync(feed, claim.Epoch, ticks, cancellation);
        }
    }

    private static async Task<(IReadOnlyList<Figure> Peers, string Absent)> PeersAsync(
        BenchRun run,
        CancellationToken cancellation
    )
    {
        try
        {
            return ([await FanOutPeer.MeasureAsync(run, Message, Clients, cancellation)], "");
        }
        catch (PeerMissingException missing)
        {
            return ([], $"No peer: {missing.Message}");
        }
    }
}
