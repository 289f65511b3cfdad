using Trading.Bench.Harness;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Sandbox.CTrader;

namespace Trading.Bench.Stage;

/// <summary>Sandbox, wire and service with one user's live session.</summary>
internal sealed class BrokerStage : IAsyncDisposable
{
    public const string UserId = "00000000-0000-4000-8000-0000000be0c1";
    public const long Account = 6_000_001;

    /// <summary>What the clients watch, and with it what is subscribed.</summary>
    public static IReadOnlyList<string> Symbols { get; } = ["EURUSD", "GBPUSD", "USDJPY"];

    public required CTraderSandbox Sandbox { get; init; }

    public required Wire Wire { get; init; }

    public required ServiceOnStage Service { get; init; }

    /// <summary>The numbers of <see cref="Symbols"/> on the wire.</summary>
    public IReadOnlyList<long> SymbolIds { get; private set; } = [];

    public static async Task<BrokerStage> StartAsync(
        BenchRun run,
        string connectionString,
        CancellationToken cancellation
    )
    {
        var sandbox = await CTraderSandbox.StartAsync(
            new() { Users = DefaultWorld.Traders(1), WalkUpdatesPerSecond = 0 },
            cancellation
        );
        var certificates = Path.Combine(run.Folder, "wire-ca.pem");
        var wire = await Wire.StartAsync(sandbox.Port, certificates, cancellation);
        var service = await ServiceOnStage.StartAsync(
            connectionString,
            Path.Combine(run.Folder, "service"),
            wire.Port,
            certificates,
            cancellation
        );
        var stage = new BrokerStage
        {
            Sandbox = sandbox,
            Wire = wire,
            Service = service,
        };
        await service.StartSessionAsync(UserId, "trader-1-access-token", Account, cancellation);
        foreach (var symbol in Symbols)
        {
            service.Get<Domain.Ports.IFeedInterest>().Want(BrokerEnvironment.Demo, new SymbolName(symbol));
        }

        await Until.TrueAsync(
            "the session streams its symbols",
            () =>
                sandbox
                    .Control.State()
                    .Connections.Any(link => link.Sessions.Any(s => Symbols.All(s.Symbols.Contains))),
            cancellation
        );
        stage.SymbolIds =
        [
            .. Symbols.Select(symbol => sandbox.Control.Quotes().First(quote => quote.Symbol == symbol).SymbolId),
        ];
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Wire.DisposeAsync();
        await Sandbox.DisposeAsync();
    }
}
