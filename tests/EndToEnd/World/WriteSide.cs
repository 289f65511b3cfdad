using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Actors;
using Trading.Actors.Shell;
using Trading.Brokers.CTrader;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore.Akka;
using Trading.EventStore.InMemory;
using Trading.EventStore.Secrets;
using Trading.Sandbox.CTrader;
using Trading.TestKit;
using Trading.TestKit.Nodes;

namespace Trading.EndToEnd.World;

/// <summary>One trader's session over a real connection to a sandbox, on logs in memory and on a clock that the test moves ahead:
/// what takes minutes in life takes moments here.</summary>
internal sealed class WriteSide : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TestNode _node;
    private readonly DirectoryInfo _folder;
    private readonly UserKeySealer _sealer;
    private readonly ActorMetrics _metrics = new();

    private WriteSide(CTraderSandbox sandbox, DirectoryInfo folder, string clientSecret, SkippingClock clock)
    {
        Clock = clock;
        Sandbox = sandbox;
        _folder = folder;
        Journal = new(Clock);
        Market = new(Clock);
        _sealer = UserKeySealer.InMemory(new byte[32]);
        var link = new CTraderLinkFactory(
            new()
            {
                ClientId = "sandbox-app",
                ClientSecret = clientSecret,
                DemoHost = "localhost",
                Port = sandbox.Port,
                CaFile = sandbox.CaPath,
            },
            new(1),
            Clock,
            NullLoggerFactory.Instance
        );
        _node = TestNode.Start(
            new(
                Journal,
                Market,
                _sealer,
                [link],
                cause => cause is StreamConflictException ? PersistFailure.Lost : PersistFailure.Passing,
                Clock,
                new(1),
                new(),
                _metrics,
                NullLogger<TradingActors>.Instance
            ),
            JournalSetup.Hocon.WithFallback(SharedSnapshots.Hocon),
            [new JournalSetup(Journal, Clock), new SharedSnapshots()],
            Clock
        );
    }

    public SkippingClock Clock { get; }

    public CTraderSandbox Sandbox { get; }

    public InMemoryEventLog Journal { get; }

    public InMemoryTickLog Market { get; }

    public UserKey User { get; } = UserKey.Of("trader@example.com");

    public long Account => Sandbox.Control.State().Accounts[0].AccountId;

    public static async Task<WriteSide> CreateAsync(
        SandboxUser? user = null,
        string clientSecret = "sandbox-secret",
        DateTimeOffset? tokenEnds = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("trading-peer-");
        var clock = new SkippingClock();
        user ??= DefaultWorld.Traders(1)[0];
        var sandbox = await CTraderSandbox.StartAsync(
            new()
            {
                Users = [user],
                CaPath = Path.Combine(folder.FullName, "ca.pem"),
                AlwaysOpen = true,
                Rollover = false,
                WalkUpdatesPerSecond = 50,
                Time = clock,
            }
        );
        var side = new WriteSide(sandbox, folder, clientSecret, clock);
        await side.SendAsync(
            new SessionCommand.Grant(
                side.User,
                "ctrader",
                await side.SealAsync(user.AccessToken),
                await side.SealAsync(user.RefreshToken),
                tokenEnds,
                "trade",
                [
                    new()
                    {
                        AccountId = user.Accounts[0].Id.ToString(),
                        Environment = BrokerEnvironment.Demo,
                        Login = "1",
                    },
                ]
            )
            {
                At = side.Clock.GetUtcNow(),
            }
        );
        await side.StartSessionAsync();
        return side;
    }

    public Task StartSessionAsync() => SendAsync(new SessionCommand.Start(User, "test") { At = Clock.GetUtcNow() });

    public IDisposable Want(string symbol) => _node.Actors.Feeds.Want(BrokerEnvironment.Demo, new(symbol));

    /// <summary>Every event recorded, oldest first.</summary>
    public async Task<IReadOnlyList<IMessage>> EventsAsync()
    {
        var events = new List<IMessage>();
        await foreach (var batch in Journal.ReadAsync(Offset.Start, CancellationToken.None))
        {
            events.AddRange(batch.Select(recorded => recorded.Decode()));
        }

        return events;
    }

    /// <summary>When the newest event of a type happened.</summary>
    public async Task<DateTimeOffset> TimeOfAsync<T>()
    {
        var newest = default(DateTimeOffset);
        await foreach (var batch in Journal.ReadAsync(Offset.Start, CancellationToken.None))
        {
            newest = batch.LastOrDefault(recorded => recorded.Decode() is T)?.OccurredAt ?? newest;
        }

        return newest;
    }

    public async Task<int> CountAsync<T>() => (await EventsAsync()).OfType<T>().Count();

    /// <summary>Waits until so many events of a type are recorded.</summary>
    public Task Recorded<T>(int count) => Eventually.Be(async () => await CountAsync<T>() >= count, Patience);

    /// <summary>Skips second by second, until something holds.</summary>
    public Task Until(Func<Task<bool>> condition, TimeSpan? step = null) =>
        Eventually.Be(
            async () =>
            {
                if (await condition())
                {
                    return true;
                }

                Clock.Skip(step ?? TimeSpan.FromSeconds(1));
                return false;
            },
            Patience
        );

    /// <summary>Lets the pause before the next try pass, and waits until the session is live again.</summary>
    public async Task BackAsync(int connectedBefore)
    {
        await Until(() => Task.FromResult(Sandbox.Control.Links.Connections().Count > 0));
        await Recorded<SessionConnected>(connectedBefore + 1);
    }

    public async Task<string> OpenAsync(ByteString sealedText) =>
        await _sealer.OpenAsync(User, sealedText.Memory, CancellationToken.None) ?? "";

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await Sandbox.DisposeAsync();
        (_metrics as IDisposable)?.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task<byte[]> SealAsync(string text) => await _sealer.SealAsync(User, text, CancellationToken.None);

    private async Task SendAsync(SessionCommand command)
    {
        var outcome = await _node.Actors.Sessions.SendAsync(User, command, CancellationToken.None);
        if (outcome is CommandOutcome.Refused or CommandOutcome.Unavailable)
        {
            throw new InvalidOperationException(outcome.ToString());
        }
    }
}
