using Akka.Actor;
using Akka.Cluster.Sharding;
using Trading.Actors.Shell;
using Trading.Domain.Ports;

namespace Trading.TestKit.Nodes;

/// <summary>Stands in for a cluster of one: entities and singletons live in the actor system at hand. What a region does for
/// its entities, it does too: one that asks to leave is told to, and what comes meanwhile waits for its successor.</summary>
public sealed class LocalRegions(ActorSystem system) : IRegions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public IActorRef Start(
        string category,
        Func<string, Props> entity,
        IMessageExtractor extractor,
        object stopMessage
    ) => system.ActorOf(Props.CreateBy(new Maker(() => new Region(entity, extractor, stopMessage))), category);

    /// <inheritdoc />
    public Task StopAsync(IActorRef region) => region.GracefulStop(Patience, Region.Leave.Instance);

    /// <inheritdoc />
    public void StartSingleton(string name, Props props) => system.ActorOf(props, name);

    private sealed class Maker(Func<ActorBase> make) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Region);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor) { }
    }

    private sealed class Region(Func<string, Props> entity, IMessageExtractor extractor, object stopMessage)
        : UntypedActor
    {
        private readonly Dictionary<string, Queue<(object Message, IActorRef Sender)>> _leaving = [];
        private bool _stopping;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Leave:
                    _stopping = true;
                    foreach (var child in Context.GetChildren())
                    {
                        _leaving.TryAdd(child.Path.Name, new());
                        child.Tell(stopMessage);
                    }

                    StopWhenEmpty();
                    break;
                case Passivate passivate:
                    if (_leaving.TryAdd(Sender.Path.Name, new()))
                    {
                        Sender.Tell(passivate.StopMessage);
                    }

                    break;
                case Terminated gone:
                    Gone(gone.ActorRef.Path.Name);
                    break;
                case var asked when extractor.EntityId(asked) is { Length: > 0 } id:
                    Deliver(id, asked, Sender);
                    break;
            }
        }

        private void Deliver(string id, object message, IActorRef sender)
        {
            if (_stopping)
            {
                Context.System.DeadLetters.Tell(message, sender);
            }
            else if (_leaving.TryGetValue(id, out var waiting))
            {
                waiting.Enqueue((message, sender));
            }
            else
            {
                var child = Context.Child(id);
                if (child.IsNobody())
                {
                    child = Context.Watch(Context.ActorOf(entity(id), id));
                }

                child.Tell(message, sender);
            }
        }

        private void Gone(string id)
        {
            if (_leaving.Remove(id, out var waiting) && !_stopping)
            {
                foreach (var (message, sender) in waiting)
                {
                    Deliver(id, message, sender);
                }
            }

            StopWhenEmpty();
        }

        private void StopWhenEmpty()
        {
            if (_stopping && !Context.GetChildren().Any())
            {
                Context.Stop(Self);
            }
        }

        public sealed class Leave
        {
            public static Leave Instance { get; } = new();
        }
    }
}

/// <summary>A node that knows of no other.</summary>
public sealed class LoneNode(string name) : INodes
{
    /// <inheritdoc />
    public string Own => name;

    /// <inheritdoc />
    public event Action? Changed
    {
        add { }
        remove { }
    }

    /// <inheritdoc />
    public bool IsMember(string node) => node == name;

    /// <inheritdoc />
    public bool WasMember(string node) => node == name;
}
