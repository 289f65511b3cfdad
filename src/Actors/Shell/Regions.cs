using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Cluster.Tools.Singleton;

namespace Trading.Actors.Shell;

/// <summary>Where aggregates and singletons live. Over a cluster: <see cref="ClusterRegions"/>; tests bring a stand-in.
/// </summary>
public interface IRegions
{
    /// <summary>Starts the region of a category on this node.</summary>
    /// <param name="category">The category.</param>
    /// <param name="entity">Makes the actor of an id.</param>
    /// <param name="extractor">Finds the id in a message.</param>
    /// <param name="stopMessage">Ends an entity.</param>
    IActorRef Start(string category, Func<string, Props> entity, IMessageExtractor extractor, object stopMessage);

    /// <summary>Hands everything of a region over to other nodes, or ends it when there is none. Completes when the region is
    /// gone.</summary>
    Task StopAsync(IActorRef region);

    /// <summary>Starts an actor of which there is one in the whole cluster.</summary>
    void StartSingleton(string name, Props props);
}

/// <summary>Spread over the cluster by sharding.</summary>
internal sealed class ClusterRegions(ActorSystem system) : IRegions
{
    private static readonly TimeSpan s_stopWithin = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IActorRef Start(string category, Func<string, Props> entity, IMessageExtractor extractor, object stopMessage)
    {
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system);
        return sharding.Start(
            category,
            entity,
            settings,
            extractor,
            sharding.DefaultShardAllocationStrategy(settings),
            stopMessage
        );
    }

    /// <inheritdoc/>
    public Task StopAsync(IActorRef region) => region.GracefulStop(s_stopWithin, GracefulShutdown.Instance);

    /// <inheritdoc/>
    public void StartSingleton(string name, Props props) =>
        system.ActorOf(
            ClusterSingletonManager.Props(props, PoisonPill.Instance, ClusterSingletonManagerSettings.Create(system)),
            name
        );
}

/// <summary>Spreads aggregates by the hash of their ids.</summary>
internal sealed class StreamExtractor(int shards) : HashCodeMessageExtractor(shards)
{
    /// <inheritdoc/>
    public override string? EntityId(object message) => (message as IToAggregate)?.To.Id;
}
