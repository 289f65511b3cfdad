using Akka.Actor;
using Akka.Configuration;
using Microsoft.Extensions.Logging;
using Trading.Actors.Feeds;
using Trading.Actors.Sessions;
using Trading.Actors.Shell;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors;

/// <summary>The write side of one node: sessions and feeds on an actor system that is given to it.</summary>
public sealed class TradingActors
{
    private readonly IEventLog _journal;
    private readonly ITickLog _market;
    private readonly SnapshotClient _snapshots = new();
    private readonly ShellEnvironment _environment;
    private readonly AggregateShell _shell;
    private readonly Pulse _keeping;
    private KeeperTools? _keeper;

    /// <summary>Builds the write side on its ports.</summary>
    /// <param name="journal">The journal, to be read; what is written goes through Akka.</param>
    /// <param name="market">The market log.</param>
    /// <param name="sealer">Seals tokens.</param>
    /// <param name="brokers">Every broker that can be linked to.</param>
    /// <param name="failureOf">What the failures of Akka's journal mean.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">For jitter.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="metrics">The instruments.</param>
    /// <param name="logger">Where it logs.</param>
    public TradingActors(
        IEventLog journal,
        ITickLog market,
        ISecretSealer sealer,
        IEnumerable<IBrokerLinkFactory> brokers,
        Func<Exception, PersistFailure> failureOf,
        TimeProvider time,
        Random random,
        ActorOptions options,
        ActorMetrics metrics,
        ILogger logger
    )
        : this(
            journal,
            market,
            sealer,
            brokers,
            failureOf,
            time,
            random,
            options,
            metrics,
            logger,
            SessionAggregate.Of(options)
        ) { }

    internal TradingActors(
        IEventLog journal,
        ITickLog market,
        ISecretSealer sealer,
        IEnumerable<IBrokerLinkFactory> brokers,
        Func<Exception, PersistFailure> failureOf,
        TimeProvider time,
        Random random,
        ActorOptions options,
        ActorMetrics metrics,
        ILogger logger,
        Aggregate<SessionState, SessionCommand> sessions
    )
    {
        (_journal, _market) = (journal, market);
        _environment = new()
        {
            Time = time,
            Random = random,
            Options = options,
            Metrics = metrics,
            Logger = logger,
            FailureOf = failureOf,
        };
        _keeping = new(time, options.StuckAfter);
        _shell = new(_environment);
        Feeds = new(_environment);
        Sessions = new(_shell.Gateway, _environment.Entities);
        var peers = new SessionPeers([.. brokers], sealer, Feeds, new());
        _shell
            .Add(sessions, stream => SessionActor.EntityOf(stream, sessions, peers))
            .Add(FeedActor.Rules, stream => Feeds.StayOf(stream, _market, _snapshots, Sessions, _environment));
    }

    /// <summary>What the configuration of the actor system must hold.</summary>
    public static Config Hocon { get; } =
        ConfigurationFactory.FromResource("shell.conf", typeof(TradingActors).Assembly);

    /// <summary>What the setup of the actor system must hold.</summary>
    public Akka.Actor.Setup.Setup Setup => new ShellSetup(_shell.Commands);

    /// <summary>The front door for commands.</summary>
    public SessionDirectory Sessions { get; }

    /// <summary>The front door for interest in prices.</summary>
    public PriceFeeds Feeds { get; }

    /// <summary>Completes when every session that was running has been started again.</summary>
    public Task Resumed => _keeper?.Resumed.Task ?? Task.CompletedTask;

    /// <summary>How every part of the write side on this node does.</summary>
    public IEnumerable<Vital> Vitals()
    {
        var keeping = _keeper?.Pulse ?? _keeping;
        return _environment
            .Entities.Vitals()
            .Append(
                Vital.Of(
                    VitalKind.Process,
                    "sessions",
                    keeping.Waiting > 0 ? VitalState.CatchingUp : VitalState.Live,
                    ("bringing sessions back", keeping)
                )
            );
    }

    /// <summary>Starts on an actor system.</summary>
    /// <param name="system">Made with <see cref="Hocon"/> and <see cref="Setup"/>.</param>
    /// <param name="regions">Where aggregates live.</param>
    /// <param name="nodes">The nodes that may own them.</param>
    public void Start(ActorSystem system, IRegions regions, INodes nodes)
    {
        _environment.Owner = nodes.Own;
        _snapshots.Open(system);
        _shell.Start(system, regions);
        var keeper = new KeeperTools(
            _environment,
            new(_journal, _snapshots),
            [MarketStreams.FeedOf(BrokerEnvironment.Demo), MarketStreams.FeedOf(BrokerEnvironment.Live)],
            nodes,
            _shell.Region
        );
        _keeper = keeper;
        regions.StartSingleton("keeper", ActorProps.Of(() => new Keeper(keeper)));
    }

    /// <summary>Takes no more commands, finishes those taken, closes the links, writes the last ticks.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _shell.Gateway.Close();
        Feeds.Leave();
        try
        {
            await _shell.StopAsync(SessionAggregate.Category).WaitAsync(cancellation);
            await _shell.StopAsync(FeedActor.Category).WaitAsync(cancellation);
        }
        catch (Exception late) when (late is OperationCanceledException or TaskCanceledException)
        {
            ActorLog.StopTimedOut(_environment.Logger, Sessions.Count);
        }
    }
}
