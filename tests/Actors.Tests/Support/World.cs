using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore.InMemory;
using Trading.TestKit;
using Trading.TestKit.Sessions;

namespace Trading.Actors.Tests.Support;

/// <summary>Logs that outlive processes, and processes of the write side over them.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly List<TradingActors> _processes = [];
    private readonly List<IDisposable> _metrics = [];

    public World(TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        Journal = new(new InMemoryEventLog(Time));
        Market = new(new InMemoryTickLog(Time));
    }

    public static ActorOptions Quick { get; } =
        new()
        {
            FirstRestartDelay = TimeSpan.FromMilliseconds(5),
            LongestRestartDelay = TimeSpan.FromMilliseconds(50),
            ResumeTurn = TimeSpan.FromMilliseconds(100),
        };

    public TimeProvider Time { get; }

    public FaultyLog Journal { get; }

    public FaultyTickLog Market { get; }

    public InMemorySnapshotStore Snapshots { get; } = new();

    public ScriptedBroker Broker { get; } = new();

    public PlainSealer Sealer { get; } = new();

    public TradingActors Latest => _processes[^1];

    public async Task<TradingActors> StartAsync(ActorOptions? options = null)
    {
        var metrics = new ActorMetrics();
        _metrics.Add(metrics);
        var process = new TradingActors(
            Journal,
            Market,
            Snapshots,
            Sealer,
            [Broker],
            Time,
            new Random(1),
            options ?? Quick,
            metrics,
            NullLogger<TradingActors>.Instance
        );
        _processes.Add(process);
        await process.StartAsync(CancellationToken.None);
        return process;
    }

    /// <summary>Grants and starts a user's session; gives its link.</summary>
    public async Task<ScriptedLink> BeginAsync(TradingActors process, UserKey? user = null)
    {
        var owner = user ?? SessionCases.User;
        var before = Broker.Links.Count;
        await SendAsync(process, await GrantAsync(owner), owner);
        await SendAsync(process, SessionCases.Start(owner), owner);
        return await Broker.LinkAsync(before + 1);
    }

    /// <summary>Grants, starts and brings a user's session up.</summary>
    public async Task<ScriptedLink> GoLiveAsync(
        TradingActors process,
        SimulatedAccount? account = null,
        UserKey? user = null
    )
    {
        var link = await BeginAsync(process, user);
        await link.SayAsync((account ?? new()).Up());
        await HasAsync<Domain.Events.SessionConnected>(user);
        return link;
    }

    public static Task<CommandOutcome> SendAsync(TradingActors process, SessionCommand command, UserKey? user = null) =>
        process.Sessions.SendAsync(user ?? SessionCases.User, command, CancellationToken.None);

    public async Task<SessionCommand> GrantAsync(UserKey user) =>
        SessionCases.GrantTo(user, SessionCases.Account.Value) with
        {
            SealedAccessToken = await Sealer.SealAsync(user, "access-1", CancellationToken.None),
            SealedRefreshToken = await Sealer.SealAsync(user, "refresh-1", CancellationToken.None),
        };

    public async Task<List<RecordedEvent>> EventsAsync(UserKey? user = null)
    {
        var stream = StreamName.Of("session", (user ?? SessionCases.User).Value);
        var events = new List<RecordedEvent>();
        await foreach (var recorded in Journal.ReadStreamAsync(stream, StreamVersion.None, CancellationToken.None))
        {
            events.Add(recorded);
        }

        return events;
    }

    public async Task<List<T>> AllAsync<T>(UserKey? user = null)
        where T : IMessage => [.. (await EventsAsync(user)).Select(recorded => recorded.Decode()).OfType<T>()];

    public Task HasAsync<T>(UserKey? user = null, int times = 1)
        where T : IMessage =>
        Eventually.Be(async () => (await AllAsync<T>(user)).Count >= times, text: $"{times} {typeof(T).Name}");

    public async Task<List<Tick>> TicksAsync()
    {
        var ticks = new List<Tick>();
        await foreach (var block in Market.ReadAsync(Offset.Start, CancellationToken.None))
        {
            ticks.AddRange(block.Ticks.Span);
        }

        return ticks;
    }

    public async ValueTask DisposeAsync()
    {
        Journal.Before = Journal.After = _ => Task.CompletedTask;
        Market.Before = Market.After = () => Task.CompletedTask;
        foreach (var process in _processes)
        {
            await process.StopAsync(CancellationToken.None);
        }

        _metrics.ForEach(metrics => metrics.Dispose());
    }
}
