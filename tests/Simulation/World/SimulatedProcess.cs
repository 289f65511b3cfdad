using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Trading.Actors;
using Trading.Actors.Sessions;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore.Akka;
using Trading.Projections.Accounts;
using Trading.Projections.Deals;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Sessions;
using Trading.Simulation.Broker;
using Trading.Simulation.ReadSide;
using Trading.Simulation.Scheduling;
using Trading.Simulation.Store;

namespace Trading.Simulation.World;

/// <summary>One process of the service: the real write side on the ports of the simulation, and the projections.</summary>
internal sealed class SimulatedProcess
{
    private static readonly Config s_config = ConfigurationFactory
        .ParseString("akka.persistence.journal.trading.circuit-breaker.call-timeout = infinite")
        .WithFallback(TradingActors.Hocon)
        .WithFallback(JournalSetup.Hocon)
        .WithFallback(SnapshotSetup.Hocon);

    private readonly SimulatedWorld _world;
    private readonly ActorMetrics _metrics = new();
    private readonly IFeedInterest _interest;
    private readonly IEventLog _journal;
    private readonly Random _random;
    private readonly Dictionary<int, IDisposable> _leases = [];
    private Strand _readers;
    private int _readerLives;

    public SimulatedProcess(SimulatedWorld world, string name, int seed)
    {
        _world = world;
        Strand = new(world.Scheduler, name);
        _readers = new(world.Scheduler, $"{name}/readers");
        _random = new Random(seed);
        var broker = world.Mutant.Brokers(
            new SimulatedBroker(Strand, world.Broker, world.Auditor, world.Mutant.Habits, _random)
        );
        _journal = world.Mutant.Journal(Strand, new ProcessJournal(Strand, world.Store, world.Network, world.Weather));
        Actors = new(
            _journal,
            world.Mutant.Market(new ProcessTickLog(Strand, world.Store, world.Network, world.Weather)),
            world.Sealer,
            [broker],
            MeaningOf,
            Strand.Time,
            _random,
            world.Options,
            _metrics,
            new TraceLogger(world, name),
            world.Mutant.Rules(SessionAggregate.Of(world.Options), broker)
        );
        _interest = world.Mutant.Interest(Actors.Feeds);
    }

    /// <summary>Its memory, so to speak.</summary>
    public Strand Strand { get; }

    /// <summary>The write side.</summary>
    public TradingActors Actors { get; }

    /// <summary>Takes commands.</summary>
    public bool IsUp { get; private set; }

    /// <summary>It was stopped and has ended.</summary>
    public bool HasStopped { get; private set; }

    /// <summary>Starts.</summary>
    public void Start()
    {
        Strand.Post(_ => StartActors(), null);
        StartReaders();
    }

    /// <summary>A client wants a symbol through this process.</summary>
    public void Want(int lease, BrokerEnvironment environment, SymbolName symbol) =>
        Strand.Post(
            _ =>
            {
                if (IsUp)
                {
                    _leases.TryAdd(lease, _interest.Want(environment, symbol));
                }
            },
            null
        );

    /// <summary>A client does not want it any more.</summary>
    public void Release(int lease) =>
        Strand.Post(
            _ =>
            {
                if (_leases.Remove(lease, out var held))
                {
                    held.Dispose();
                }
            },
            null
        );

    /// <summary>A client sends a command; the answer is the auditor's to judge.</summary>
    public void Send(UserKey user, SessionCommand command)
    {
        var sentAt = _world.Auditor.Answers.Head;
        Strand.Begin(async () =>
        {
            var outcome = await Actors.Sessions.SendAsync(user, command, CancellationToken.None);
            _world.Say($"{Strand.Name} answers {_world.NameOf(user)} {command.GetType().Name}: {outcome}");
            _world.Auditor.Answers.Answered(user, command, sentAt, outcome);
        });
    }

    /// <summary>Stops as it is asked to.</summary>
    public void Stop(TimeSpan within) =>
        Strand.Begin(async () =>
        {
            IsUp = false;
            using var limit = new CancellationTokenSource(within, Strand.Time);
            await Actors.StopAsync(limit.Token);
            HasStopped = true;
            _world.Say($"{Strand.Name} has stopped");
        });

    /// <summary>Its memory is gone.</summary>
    public void Kill()
    {
        IsUp = false;
        Strand.Cut();
        _readers.Cut();
        _metrics.Dispose();
    }

    /// <summary>Nothing of it moves for a while.</summary>
    public void Hold()
    {
        Strand.Hold();
        _readers.Hold();
    }

    /// <summary>It goes on.</summary>
    public void Release()
    {
        Strand.Release();
        _readers.Release();
    }

    /// <summary>The projections die and begin anew.</summary>
    public void KillReaders()
    {
        _readers.Cut();
        _readers = new(_world.Scheduler, $"{Strand.Name}/readers{++_readerLives}");
        StartReaders();
    }

    /// <summary>The projections of this name run here.</summary>
    public bool Reads(string name) => !_readers.IsCut && _readers.Name == name;

    private static PersistFailure MeaningOf(Exception failure) =>
        failure switch
        {
            StreamConflictException => PersistFailure.Lost,
            RepeatedEventException => PersistFailure.Repeated,
            _ => PersistFailure.Passing,
        };

    private void StartActors()
    {
        var system = StrandSystem.Create(
            Strand,
            _random,
            s_config,
            new JournalSetup(_journal, Strand.Time),
            new SnapshotSetup(Strand, _world.Store.Snapshots, _world.Network),
            Actors.Setup
        );
        var node = new SingleNode(system, Strand.Name);
        Actors.Start(system, node, node);
        IsUp = true;
        _world.Say($"{Strand.Name} is up");
        foreach (var (lease, (environment, symbol)) in _world.Wants)
        {
            Want(lease, environment, symbol);
        }
    }

    private void StartReaders()
    {
        var journal = _world.Mutant.ReadJournal(
            _readers,
            new ProcessJournal(_readers, _world.Store, _world.Network, _world.Weather)
        );
        var market = new ProcessTickLog(_readers, _world.Store, _world.Network, _world.Weather);
        Read(new AccountProjection(), journal);
        Read(new DealProjection(), journal);
        Read(new OrderProjection(), journal);
        Read(new PositionProjection(), journal);
        Read(new SessionProjection(), journal);
        _readers.Begin(new PriceReader(market, _readers, _world.Reads, _world.Network, _world.Reading).RunAsync);
        _readers.Begin(new CandleReader(market, _readers, _world.Reads, _world.Network, _world.Reading).RunAsync);
    }

    private void Read<TRow>(JournalProjection<TRow> projection, IEventLog journal)
        where TRow : class, IStamped =>
        _readers.Begin(
            new JournalReader<TRow>(
                projection,
                journal,
                _readers,
                _world.Reads,
                _world.Network,
                _world.Reading
            ).RunAsync
        );
}

/// <summary>Writes what a process logs into the trace.</summary>
internal sealed class TraceLogger(SimulatedWorld world, string process) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
        {
            var cause = exception is null ? "" : $" ({exception.GetType().Name}: {exception.Message})";
            world.Say($"{process} logs {formatter(state, exception)}{cause}");
        }
    }
}
