using Akka.Actor;
using Akka.Cluster.Sharding;
using Trading.Actors.Shell;
using Trading.Domain.Ports;
using Trading.Simulation.Scheduling;

namespace Trading.Simulation.World;

/// <summary>Stands in for the cluster: a process of the simulation is one of its own, of one node.</summary>
internal sealed class SingleNode(ActorSystem system, string name) : IRegions, INodes
{
    /// <inheritdoc/>
    public string Own => name;

    /// <inheritdoc/>
    public event Action? Changed
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public bool IsMember(string node) => node == name;

    /// <inheritdoc/>
    public bool WasMember(string node) => node == name;

    /// <inheritdoc/>
    public IActorRef Start(
        string category,
        Func<string, Props> entity,
        IMessageExtractor extractor,
        object stopMessage
    ) => system.ActorOf(Props.Create(() => new LocalRegion(entity, extractor, stopMessage)), category);

    /// <inheritdoc/>
    public Task StopAsync(IActorRef region)
    {
        var gone = new TaskCompletionSource();
        system.ActorOf(Props.Create(() => new Watcher(region, gone)));
        region.Tell(LocalRegion.Leave.Now);
        return gone.Task;
    }

    /// <inheritdoc/>
    public void StartSingleton(string name, Props props) => system.ActorOf(props, name);

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef region, TaskCompletionSource gone)
        {
            Context.Watch(region);
            Receive<Terminated>(_ =>
            {
                gone.TrySetResult();
                Context.Stop(Self);
            });
        }
    }
}
