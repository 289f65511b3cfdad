using Akka.Actor;
using Akka.Persistence;
using Trading.Domain.Logs;

namespace Trading.Actors.Shell;

/// <summary>Keeps the folded states of what is no aggregate in Akka's snapshot store: disposable, each under a name that tells
/// its form, each as far as an offset of a log.</summary>
internal sealed class SnapshotClient
{
    private IActorRef _store = ActorRefs.Nobody;
    private ActorSystem? _system;

    /// <summary>Begins: the actor system stands.</summary>
    public void Open(ActorSystem system)
    {
        _store = Persistence.Instance.Apply(system).SnapshotStoreFor("");
        _system = system;
    }

    /// <summary>The newest one, or null when there is none of this form.</summary>
    public async Task<KeptState?> LoadAsync(string name, string form, CancellationToken cancellation)
    {
        var answer = await AskAsync(
            new LoadSnapshot(name, SnapshotSelectionCriteria.Latest, long.MaxValue),
            cancellation
        );
        return answer switch
        {
            LoadSnapshotResult { Snapshot.Snapshot: StateSnapshot snapshot } when snapshot.Form == form => new(
                snapshot.At,
                snapshot.State
            ),
            LoadSnapshotFailed failed => throw new OutsideFailedException(failed.Cause),
            _ => null,
        };
    }

    /// <summary>Keeps one in place of the older.</summary>
    public async Task SaveAsync(
        string name,
        string form,
        Offset at,
        ReadOnlyMemory<byte> state,
        CancellationToken cancellation
    )
    {
        var answer = await AskAsync(
            new SaveSnapshot(
                new(name, at.Value, _system!.Scheduler.Now.UtcDateTime),
                new StateSnapshot(form, state, at, null, "")
            ),
            cancellation
        );
        if (answer is SaveSnapshotFailure failed)
        {
            throw new OutsideFailedException(failed.Cause);
        }

        _store.Tell(new DeleteSnapshots(name, new(at.Value - 1)), ActorRefs.NoSender);
    }

    private async Task<object> AskAsync(object question, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = _system!.ActorOf(ActorProps.Of(() => new Receiver(answer)));
        _store.Tell(question, receiver);
        await using var gone = cancellation.Register(() => answer.TrySetCanceled(cancellation));
        try
        {
            return await answer.Task;
        }
        finally
        {
            _system.Stop(receiver);
        }
    }

    private sealed class Receiver(TaskCompletionSource<object> answer) : UntypedActor
    {
        protected override void OnReceive(object message) => answer.TrySetResult(message);
    }
}

/// <summary>A folded state and how far it goes.</summary>
internal sealed record KeptState(Offset At, ReadOnlyMemory<byte> State);
