using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using Trading.Actors;
using Trading.Bench.Harness;
using Trading.Bench.Stage;
using Trading.Domain.Liveness;
using Trading.Sandbox.CTrader;

namespace Trading.Bench.Rows;

/// <summary>How soon all sessions of a node are live again after it starts anew.</summary>
internal sealed class RestartRow : IRow
{
    private const int Sessions = 1_000;
    private const int AtOnce = 50;

    public string Key => "restart";

    public string What => "1,000 sessions restarted and live again";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var certificates = Path.Combine(run.Folder, "restart-ca.pem");
        await using var sandbox = await CTraderSandbox.StartAsync(
            new()
            {
                Users = DefaultWorld.Traders(Sessions),
                WalkUpdatesPerSecond = 0,
                CaPath = certificates,
            },
            cancellation
        );
        var database = await run.DatabaseAsync(cancellation);
        var folder = Path.Combine(run.Folder, "restart");
        await using (var first = await StartAsync(database, folder, sandbox.Port, certificates, cancellation))
        {
            await Parallel.ForAsync(
                0,
                Sessions,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
                async (number, ct) =>
                    await first.StartSessionAsync(
                        $"00000000-0000-4000-8000-{number:d12}",
                        $"trader-{number + 1}-access-token",
                        BrokerStage.Account + number,
                        ct
                    )
            );
            await AllLiveAsync(first, cancellation);
        }

        var handshakes = await HandshakesAsync(sandbox.Port, cancellation);
        var began = Stopwatch.GetTimestamp();
        await using var second = await StartAsync(database, folder, sandbox.Port, certificates, cancellation);
        var served = Stopwatch.GetElapsedTime(began);
        await AllLiveAsync(second, cancellation);
        var live = Stopwatch.GetElapsedTime(began);
        return new()
        {
            Ours =
            [
                new("all live", live.TotalSeconds, "s"),
                new("of it until the service answers", served.TotalSeconds, "s"),
            ],
            Limits = [new($"{Sessions} TLS handshakes with the same sandbox", handshakes.TotalSeconds, "s")],
            Marks = [Mark.AtMost(live.TotalSeconds, 20, "s")],
            How =
                $"{Sessions} sessions of as many users are live, the service is stopped and started again on the same database. "
                + "Counted from the start of the service until every session has its own TLS connection, is authorised, has read "
                + "its symbols, positions, orders and history, and has recorded it. Sandbox, PostgreSQL and service share the "
                + "machine.",
        };
    }

    private static Task<ServiceOnStage> StartAsync(
        string database,
        string folder,
        int port,
        string certificates,
        CancellationToken cancellation
    ) => ServiceOnStage.StartAsync(database, folder, port, certificates, cancellation);

    private static Task AllLiveAsync(ServiceOnStage service, CancellationToken cancellation)
    {
        var actors = service.Get<TradingActors>();
        return Until.TrueAsync(
            "every session is live",
            () =>
                actors.Vitals().Count(part => part is { Kind: VitalKind.Session, State: VitalState.Live }) == Sessions,
            cancellation
        );
    }

    // What the machine needs for the connections alone, both ends on it.
    private static async Task<TimeSpan> HandshakesAsync(int port, CancellationToken cancellation)
    {
        var began = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(
            0,
            Sessions,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (_, ct) =>
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync("127.0.0.1", port, ct);
                await using var tls = new SslStream(
                    socket.GetStream(),
                    leaveInnerStreamOpen: false,
                    (_, _, _, _) => true
                );
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions { TargetHost = "localhost" },
                    ct
                );
            }
        );
        return Stopwatch.GetElapsedTime(began);
    }
}
