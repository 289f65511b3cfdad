using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Trading.Simulation.Scheduling;

/// <summary>Stands in for a shard region on a node that has all shards: entities are its children, made when a message names
/// them; one that asks to leave is told the stop message it asked for, and what comes meanwhile waits for the next one.
/// </summary>
internal sealed class LocalRegion(Func<string, Props> entity, IMessageExtractor extractor, object stopMessage)
    : UntypedActor
{
    private readonly Dictionary<string, Queue<(string Id, object Message, IActorRef Sender)>> _leaving = [];
    private bool _stopping;

    /// <summary>Every entity is to leave, as at a hand-over, and then the region.</summary>
    public sealed record Leave
    {
        /// <summary>The one there is.</summary>
        public static Leave Now { get; } = new();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Leave:
                LeaveAll();
                break;
            case Passivate passivate when Context.Child(Sender.Path.Name).Equals(Sender):
                if (_leaving.TryAdd(Sender.Path.Name, new()))
                {
                    Sender.Tell(passivate.StopMessage);
                }

                break;
            case Passivate:
                break;
            case Terminated gone:
                Gone(gone.ActorRef.Path.Name);
                break;
            case var asked when extractor.EntityId(asked) is { Length: > 0 } id:
                Deliver(Uri.EscapeDataString(id), id, extractor.EntityMessage(asked)!, Sender);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Deliver(string name, string id, object message, IActorRef sender)
    {
        if (_stopping)
        {
            Context.System.DeadLetters.Tell(message, sender);
        }
        else if (_leaving.TryGetValue(name, out var waiting))
        {
            waiting.Enqueue((id, message, sender));
        }
        else
        {
            var child = Context.Child(name);
            if (child.IsNobody())
            {
                child = Context.Watch(Context.ActorOf(entity(id), name));
            }

            child.Tell(message, sender);
        }
    }

    private void LeaveAll()
    {
        _stopping = true;
        // By name: the order of children differs from one process to the next.
        foreach (var child in Context.GetChildren().OrderBy(child => child.Path.Name, StringComparer.Ordinal))
        {
            if (_leaving.TryAdd(child.Path.Name, new()))
            {
                child.Tell(stopMessage);
            }
        }

        StopWhenEmpty();
    }

    private void Gone(string name)
    {
        if (_leaving.Remove(name, out var waiting) && !_stopping)
        {
            foreach (var (id, message, sender) in waiting)
            {
                Deliver(name, id, message, sender);
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
}
