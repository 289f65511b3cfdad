using Akka.Actor;
using Trading.Domain.Liveness;

namespace Trading.Actors.Shell;

/// <summary>The aggregates of a node: registered by one line each, started together, reached through the gateway.</summary>
internal sealed class AggregateShell(ShellEnvironment environment)
{
    // Far more than nodes, so that they spread evenly; a number that must never change in a running cluster.
    private const int Shards = 100;

    private readonly Dictionary<string, Kind> _kinds = [];
    private readonly Dictionary<string, IActorRef> _started = [];
    private IRegions? _regions;

    /// <summary>What they stand on.</summary>
    public ShellEnvironment Environment => environment;

    /// <summary>The front door.</summary>
    public CommandGateway Gateway { get; } = new(environment);

    /// <summary>How commands travel, by category.</summary>
    public IReadOnlyDictionary<string, IWireForm> Commands =>
        _kinds.ToDictionary(pair => pair.Key, pair => pair.Value.Commands);

    /// <summary>Registers an aggregate without effects.</summary>
    public AggregateShell Add<TState, TCommand>(Aggregate<TState, TCommand> aggregate)
        where TCommand : class =>
        Add(
            aggregate,
            stream =>
                new(
                    stream,
                    aggregate.Limits,
                    life => ActorProps.Of(() => new AggregateActor<TState, TCommand>(aggregate, life)),
                    pulse =>
                        Vital.Of(
                            VitalKind.Aggregate,
                            $"{stream.Category}-{stream.Id[..Math.Min(8, stream.Id.Length)]}",
                            VitalState.Live,
                            ("mailbox", pulse)
                        )
                )
        );

    /// <summary>Registers an aggregate with an actor of its own.</summary>
    public AggregateShell Add<TState, TCommand>(
        Aggregate<TState, TCommand> aggregate,
        Func<Domain.Logs.StreamName, Entity> entity
    )
        where TCommand : class
    {
        _kinds.Add(
            aggregate.Category,
            new(
                new WireForm<TCommand>(aggregate.Commands),
                id => ActorProps.Of(() => new AggregateSupervisor(entity(aggregate.StreamOf(id)), environment))
            )
        );
        return this;
    }

    /// <summary>Starts the regions of all that is registered.</summary>
    public void Start(ActorSystem system, IRegions regions)
    {
        _regions = regions;
        foreach (var (category, kind) in _kinds)
        {
            _started[category] = regions.Start(category, kind.Entity, new StreamExtractor(Shards), Leave.Instance);
        }

        Gateway.Open(system, Region);
    }

    /// <summary>The region of a category; null before it has started.</summary>
    public IActorRef? Region(string category) => _started.GetValueOrDefault(category);

    /// <summary>Ends a category's stay on this node.</summary>
    public Task StopAsync(string category) =>
        _regions is not null && Region(category) is { } region ? _regions.StopAsync(region) : Task.CompletedTask;

    private sealed record Kind(IWireForm Commands, Func<string, Props> Entity);
}
