using Akka.Actor;
using Akka.Persistence;
using Trading.Domain.Logs;

namespace Trading.EventStore.Tests.Akka;

/// <summary>A persistent actor that tells an observer all that happens to it.</summary>
internal sealed class Recorder : ReceivePersistentActor
{
    private readonly IActorRef _observer;

    public Recorder(string id, IActorRef observer, Recovery? recovery = null)
    {
        PersistenceId = id;
        _observer = observer;
        Recovery = recovery ?? Recovery.Default;
        Recover<EventEnvelope>(e => observer.Tell(new Replayed(LastSequenceNr, e)));
        Recover<RecoveryCompleted>(_ => observer.Tell(new Recovered(LastSequenceNr)));
        Command<Together>(ask => PersistAll(ask.Events, Stored));
        Command<Behind>(ask => PersistAsync(ask.Event, Stored));
        Command<Anything>(ask => Persist(ask.Payload, _ => observer.Tell(new Stored(LastSequenceNr, null))));
        Command<DeleteAll>(_ => DeleteMessages(LastSequenceNr));
        Command<DeleteMessagesFailure>(refused => observer.Tell(refused));
        Command<DeleteMessagesSuccess>(done => observer.Tell(done));
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery { get; }

    public static Props Of(StreamName stream, IActorRef observer, Recovery? recovery = null) =>
        Props.Create(() => new Recorder(stream.Value, observer, recovery));

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) =>
        _observer.Tell(new Failed(cause, sequenceNr));

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) =>
        _observer.Tell(new Rejected(cause));

    protected override void OnRecoveryFailure(Exception reason, object? message = null) =>
        _observer.Tell(new Failed(reason, 0));

    private void Stored(EventEnvelope e) => _observer.Tell(new Stored(LastSequenceNr, e));
}

/// <summary>Persist these with PersistAll.</summary>
internal sealed record Together(params EventEnvelope[] Events);

/// <summary>Persist this with PersistAsync: the actor takes the next command before it is stored.</summary>
internal sealed record Behind(EventEnvelope Event);

/// <summary>Persist what is no event.</summary>
internal sealed record Anything(object Payload);

internal sealed record DeleteAll;

internal sealed record Stored(long SequenceNr, EventEnvelope? Event);

internal sealed record Replayed(long SequenceNr, EventEnvelope Event);

internal sealed record Recovered(long SequenceNr);

internal sealed record Failed(Exception Cause, long SequenceNr);

internal sealed record Rejected(Exception Cause);
