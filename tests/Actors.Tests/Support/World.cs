using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Actors.Tests.Journals;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore.InMemory;
using Trading.TestKit;
using Trading.TestKit.Nodes;
using Trading.TestKit.Sessions;

namespace Trading.Actors.Tests.Support;

/// <summary>Logs that outlive processes, and processes of the write side over them.</summary>
internal sealed class World : IAsyncDisposable
{
    private readonly List<TestNode> _nodes = [];
    private readonly List<IDisposable> _metrics = [];
    private readonly IJournalUnderTest _journal;

    private World(IJournalUnderTest journal, TimeProvider time)
    {
        _journal = journal;
        Time = time;
        Journal = new(journal);
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

    public WatchedJournal Journal { get; }

    public FaultyTickLog Market { get; }

    public SharedSnapshots Snapshots { get; } = new();

    public ScriptedBroker Broker { get; } = new();

    public PlainSealer Sealer { get; } = new();

    public TradingActors Latest => _nodes[^1].Actors;

    public static async Task<World> CreateAsync(JournalKind kind, TimeProvider? time = null)
    {
        time ??= TimeProvider.System;
        return new(await JournalUnderTest.CreateAsync(kind, time), time);
    }

    public Task<TradingActors> StartAsync(ActorOptions? options = null)
    {
        var metrics = new ActorMetrics();
        _metrics.Add(metrics);
        var process = new TradingActors(
            _journal.Reader,
            Market,
            Sealer,
            [Broker],
            _journal.FailureOf,
            Time,
            new Random(1),
            options ?? Quick,
            metrics,
            NullLogger<TradingActors>.Instance
        );
        _nodes.Add(
            TestNode.Start(
                process,
                FaultyJournal.Before(_journal.Hocon).WithFallback(SharedSnapshots.Hocon),
                [Snapshots, Journal.Faults, .. _journal.Setups],
                Time,
                $"process-{_nodes.Count + 1}"
            )
        );
        return Task.FromResult(process);
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
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _metrics.ForEach(metrics => metrics.Dispose());
        await _journal.DisposeAsync();
    }
}

/// <summary>A journal as a test sees it, and its hand on it.</summary>
internal sealed class WatchedJournal(IJournalUnderTest journal)
{
    public Faults Faults { get; } = new();

    public Func<JournalWrite, Task> Before
    {
        get => Faults.Before;
        set => Faults.Before = value;
    }

    public Func<JournalWrite, Task> After
    {
        get => Faults.After;
        set => Faults.After = value;
    }

    /// <summary>The newest event's offset; the start on a journal without offsets.</summary>
    public async Task<Offset> HeadAsync(CancellationToken cancellation) =>
        journal.HasOffsets ? await journal.Reader.HeadAsync(cancellation) : Offset.Start;

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => journal.Reader.ReadStreamAsync(stream, after, cancellation);
}
