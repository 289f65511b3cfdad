using Akka.Actor;
using Akka.Persistence;
using Trading.Bench.Limits;
using Trading.Domain.Logs;

namespace Trading.Bench.Stage;

/// <summary>The plainest persistent actor: asked for so many events it persists them together, and answers with their number
/// when they are committed and applied. It counts what it recovers.</summary>
internal sealed class PersistingActor(string id) : UntypedPersistentActor
{
    private long _events;

    /// <inheritdoc/>
    public override string PersistenceId => id;

    protected override void OnRecover(object message)
    {
        if (message is EventEnvelope)
        {
            _events++;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Persist persist:
                var asker = Sender;
                var left = persist.Count;
                PersistAll(
                    SampleEvents.Batch(persist.Count, TimeProvider.System.GetUtcNow()),
                    _ =>
                    {
                        _events++;
                        if (--left == 0)
                        {
                            asker.Tell(persist.Count);
                        }
                    }
                );
                break;
            case Counted:
                Sender.Tell(_events);
                break;
        }
    }

    /// <summary>Asks for so many events in one write.</summary>
    internal sealed record Persist(int Count);

    /// <summary>Asks how many events there are.</summary>
    internal sealed record Counted
    {
        public static Counted Instance { get; } = new();
    }
}
