using Akka.Actor;
using Akka.Persistence;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using EventId = Trading.Domain.Logs.EventId;

namespace Trading.Actors.Shell;

/// <summary>Runs an aggregate's rules: one thing at a time, and for each <em>decide → persist → apply → answer → effects</em>,
/// in this order. Recovery folds what was recorded and runs no effect again. Used as it is by an aggregate without effects;
/// one with effects overrides the hooks at the end. Its supervisor gives it one command at a time and starts it again when it
/// fails: the journal is the truth, and the next life begins from it.</summary>
internal partial class AggregateActor<TState, TCommand> : UntypedPersistentActor
    where TCommand : class
{
    // A state is told as getting on after so many replayed events.
    private const int EventsPerBeat = 1_000;

    private readonly Aggregate<TState, TCommand> _rules;
    private readonly Queue<Work> _own = new(0);
    private readonly List<IActorRef> _watchers = new(0);
    private readonly HashSet<EventId>? _known;
    private Work? _atWork;
    private Work? _next;
    private DateTimeOffset? _lastEventAt;
    private long _snapshotAt;
    private long _fromSnapshot;
    private int _awaiting;
    private string _owner = "";
    private bool _persisting;
    private bool _moving;
    private bool _claimed;
    private bool _begun;
    private bool _leaving;

    public AggregateActor(Aggregate<TState, TCommand> rules, AggregateLife life)
    {
        _rules = rules;
        Life = life;
        State = rules.Initial;
        PersistenceId = life.Stream.Value;
        _known = life.RemembersIds ? [] : null;
        Life.BeginWork();
    }

    /// <inheritdoc/>
    public override string PersistenceId { get; }

    /// <inheritdoc/>
    public override Recovery Recovery =>
        _rules.Snapshots is null || Life.FromStart ? new(SnapshotSelectionCriteria.None) : Recovery.Default;

    /// <summary>This life.</summary>
    protected AggregateLife Life { get; }

    /// <summary>What is recorded.</summary>
    protected TState State { get; private set; }

    /// <summary>The offset of the newest event; the start when there is none.</summary>
    protected Offset Last { get; private set; }

    private ShellEnvironment Shell => Life.Shell;

    /// <inheritdoc/>
    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case CommandMessage command:
                Take(new((TCommand)command.Command, Sender, command.ReplyId, command.CommandId, command.CorrelationId));
                break;
            case Awaited awaited:
                _awaiting--;
                awaited.Continue();
                MoveOn();
                break;
            case EnsureRunning:
                _watchers.Add(Sender);
                MoveOn();
                break;
            case LifeMessage.AskIdle when Idle && _atWork is null && _own.Count == 0:
                Context.Parent.Tell(LifeMessage.IsIdle.Instance);
                break;
            case Leave:
                _leaving = true;
                MoveOn();
                break;
            case SaveSnapshotSuccess saved:
                if (_fromSnapshot < saved.Metadata.SequenceNr)
                {
                    _fromSnapshot = saved.Metadata.SequenceNr;
                    DeleteSnapshots(new SnapshotSelectionCriteria(saved.Metadata.SequenceNr - 1));
                }

                StopIfLeaving();
                break;
            case SaveSnapshotFailure failed:
                // Without it the next recovery reads more of the journal, and that is all.
                ActorLog.SnapshotNotKept(Shell.Logger, Life.Stream, failed.Cause);
                StopIfLeaving();
                break;
            case DeleteSnapshotsSuccess or DeleteSnapshotsFailure or LifeMessage.AskIdle:
                break;
            default:
                OnMessage(message);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        Life.Failure = cause;
        Life.Reason = Shell.FailureOf(cause);
    }

    /// <inheritdoc/>
    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        Life.Failure = cause;
        Context.Stop(Self);
    }

    /// <inheritdoc/>
    protected override void OnRecoveryFailure(Exception reason, object? message = null) => Life.Failure = reason;

    /// <inheritdoc/>
    protected override void PostStop()
    {
        Life.Closed = CloseAsync();
        base.PostStop();
    }

    /// <summary>Has a command of the aggregate itself handled before anything else, and then goes on.</summary>
    protected void Tell(TCommand command, Action? then = null)
    {
        Life.BeginWork();
        _own.Enqueue(new(command, null, default, default, default, then));
    }

    /// <summary>Has a command handled that something of the aggregate has sent to it: it takes its turn, and then goes on.
    /// </summary>
    protected void Take(TCommand command, Action? then = null)
    {
        Life.BeginWork();
        Take(new Work(command, null, default, default, default, then));
    }

    /// <summary>Waits for something outside and goes on with its result, as a message to itself. Nothing else is begun until
    /// then. What fails outside fails the life.</summary>
    protected void Await<T>(ValueTask<T> outside, Action<T> then)
    {
        _awaiting++;
        _ = TellAsync(outside, then, Self);
    }

    /// <summary>Changes how the state is held, not what it says.</summary>
    protected void Hold(TState state) => State = state;

    /// <summary>Something has changed that may let it go on.</summary>
    protected void MoveOn()
    {
        if (_moving)
        {
            return;
        }

        _moving = true;
        try
        {
            while (!_persisting && _awaiting == 0 && MoveOneStep()) { }
        }
        finally
        {
            _moving = false;
        }
    }

    private void Take(Work work)
    {
        // One command and one message of its own can meet here: the supervisor sends one at a time.
        if (_next is null)
        {
            _next = work;
        }
        else
        {
            _own.Enqueue(work);
        }

        MoveOn();
    }

    private bool MoveOneStep()
    {
        if (_atWork is { } done)
        {
            _atWork = null;
            if (done.Asker is not null)
            {
                Context.Parent.Tell(LifeMessage.Done.Instance);
            }
            else if (done.Command is not null)
            {
                Life.EndWork();
                done.Then?.Invoke();
                return true;
            }
        }

        if (_own.TryDequeue(out var own))
        {
            Begin(own);
            return true;
        }

        if (!_begun)
        {
            _begun = true;
            Life.EndWork();
            Context.Parent.Tell(LifeMessage.Begun.Instance);
        }

        if (_next is { } next)
        {
            _next = null;
            Begin(next);
            return true;
        }

        if (Attended)
        {
            _watchers.ForEach(watcher => watcher.Tell(new Running(Life.Stream)));
            _watchers.Clear();
        }

        if (_leaving)
        {
            SaveOrStop();
        }
        else
        {
            OnReady();
        }

        return false;
    }

    private void Begin(Work work)
    {
        _atWork = work;
        if (work.Command is null)
        {
            Persist(work, Claimed(work).ToArray(), 0);
            return;
        }

        if (work.CommandId != Guid.Empty && _rules.HasDone(State, work.CommandId))
        {
            Answer(work, new CommandOutcome.Unchanged(Last));
            return;
        }

        switch (_rules.Decide(State, work.Command))
        {
            case Decision.Refused refused:
                Answer(work, new CommandOutcome.Refused(refused.Code, refused.Detail, refused.Field));
                break;
            case Decision.Accepted accepted when EnvelopesOf(work, accepted.Events) is { Length: > 0 } events:
                Persist(work, [.. Claimed(work), .. events], 0);
                break;
            default:
                Answer(work, new CommandOutcome.Unchanged(Last));
                break;
        }
    }

    // More than one request may hold goes in parts, one after the other.
    private void Persist(Work work, EventEnvelope[] events, int from)
    {
        _persisting = true;
        _claimed = true;
        var part = new ArraySegment<EventEnvelope>(
            events,
            from,
            Math.Min(AppendRequest.MaxEvents, events.Length - from)
        );
        var began = Shell.Time.GetTimestamp();
        PersistAll(
            part,
            recorded =>
            {
                Fold(recorded);
                if (_rules.Claim?.OwnerOf(recorded.Payload) is { } owner)
                {
                    _owner = owner;
                    Life.IsOwner = true;
                }

                OnApplied(recorded);
                if (!ReferenceEquals(recorded, part[^1]))
                {
                    return;
                }

                Shell.Metrics.Persist.Record(Shell.Time.GetElapsedTime(began).TotalMilliseconds);
                if (from + part.Count < events.Length)
                {
                    Persist(work, events, from + part.Count);
                    return;
                }

                _persisting = false;
                Answer(work, new CommandOutcome.Accepted(Last));
                OnSettled();
                SaveWhenDue();
                if (work.Command is null)
                {
                    Resume();
                }

                MoveOn();
            }
        );
    }

    private static void Answer(Work work, CommandOutcome outcome) =>
        work.Asker?.Tell(new CommandReply(work.ReplyId, outcome));

    private void SaveOrStop()
    {
        if (!Save())
        {
            StopIfLeaving();
        }
    }

    private void StopIfLeaving()
    {
        if (_leaving && _atWork is null)
        {
            Context.Stop(Self);
        }
    }

    private static async Task TellAsync<T>(ValueTask<T> outside, Action<T> then, IActorRef self)
    {
        try
        {
            var result = await outside;
            self.Tell(new Awaited(() => then(result)));
        }
        catch (Exception failure)
        {
            self.Tell(new Awaited(() => throw new OutsideFailedException(failure)));
        }
    }

    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    /// <summary>It may leave memory.</summary>
    protected virtual bool Idle => true;

    /// <summary>What it began with is done, as far as others wait for it.</summary>
    protected virtual bool Attended => true;

    /// <summary>Goes on after recovery, and after the claim where there is one: opens what should be open.</summary>
    protected virtual void Resume() { }

    /// <summary>An event was recorded and applied.</summary>
    protected virtual void OnApplied(EventEnvelope recorded) { }

    /// <summary>A decision was recorded, applied and answered: now its effects.</summary>
    protected virtual void OnSettled() { }

    /// <summary>Nothing is at work, nothing waits.</summary>
    protected virtual void OnReady() { }

    /// <summary>A message that is none of the shell's.</summary>
    protected virtual void OnMessage(object message) => Unhandled(message);

    /// <summary>Closes what is open outside: this life ends. Never fails.</summary>
    protected virtual Task CloseAsync() => Task.CompletedTask;

    /// <summary>Something to be decided. Without a command it is the claim alone.</summary>
    private readonly record struct Work(
        TCommand? Command,
        IActorRef? Asker,
        Guid ReplyId,
        Guid CommandId,
        Guid CorrelationId,
        Action? Then = null
    );

    private sealed record Awaited(Action Continue) : INoSerializationVerificationNeeded;
}
