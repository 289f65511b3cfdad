using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Trading.Domain.Ports;

namespace Trading.Actors.Shell;

/// <summary>The members of the cluster as this node sees them. A node is named by its address and the number of its
/// incarnation, so that no restarted one is taken for its former self.</summary>
internal sealed class ClusterNodes : INodes
{
    private readonly ConcurrentDictionary<string, bool> _members = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Own { get; private set; } = "";

    /// <inheritdoc/>
    public event Action? Changed;

    /// <inheritdoc/>
    public bool IsMember(string node) => _members.GetValueOrDefault(node);

    /// <inheritdoc/>
    public bool WasMember(string node) => _members.ContainsKey(node);

    /// <summary>Begins to watch.</summary>
    public void Watch(ActorSystem system)
    {
        Own = NameOf(Cluster.Get(system).SelfUniqueAddress);
        system.ActorOf(ActorProps.Of(() => new Watcher(this)), "nodes");
    }

    private static string NameOf(UniqueAddress node) => $"{node.Address}#{node.Uid}";

    private void Set(Member member, bool isMember)
    {
        _members[NameOf(member.UniqueAddress)] = isMember;
        Changed?.Invoke();
    }

    private sealed class Watcher(ClusterNodes nodes) : UntypedActor
    {
        protected override void PreStart() =>
            Cluster
                .Get(Context.System)
                .Subscribe(
                    Self,
                    ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
                    typeof(ClusterEvent.IMemberEvent)
                );

        protected override void PostStop() => Cluster.Get(Context.System).Unsubscribe(Self);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case ClusterEvent.MemberRemoved removed:
                    nodes.Set(removed.Member, isMember: false);
                    break;
                case ClusterEvent.IMemberEvent changed:
                    nodes.Set(changed.Member, isMember: true);
                    break;
            }
        }
    }
}
