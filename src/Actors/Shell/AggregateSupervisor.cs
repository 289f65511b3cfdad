using Akka.Actor;
using Akka.Cluster.Sharding;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Shell;

/// <summary>An aggregate as its region sees it: keeps its commands in order and in bounds, gives it one at a time, starts it
/// again when it fails, after a growing pause with jitter, and lets it leave memory. The command at work when it fails is
/// answered, those waiting go to the next life. One that has lost its stream does not come back by itself.</summary>
internal sealed class AggregateSupervisor : UntypedActor, IWithTimers
{
    /// <summary>A life this long was a good one: the next failure is a first one again.</summary>
    private static readonly TimeSpan s_healthyAfter = TimeSpan.FromSeconds(60);

    private readonly Entity _entity;
    private readonly ShellEnvironment _shell;
    private readonly Pulse _pulse;
    private readonly Backoff _backoff;
    private readonly Queue<Waiting> _queue = new(0);
    private Waiting? _atWork;
    private AggregateLife? _life;
    private IActorRef _aggregate = ActorRefs.Nobody;
    private LifeEnd _lastEnd;
    private long _bornAt;
    private bool _isOwner;
    private bool _begun;
    private bool _refused;
    private bool _passivating;
    private bool _leaving;

    public AggregateSupervisor(Entity entity, ShellEnvironment shell)
    {
        _entity = entity;
        _shell = shell;
        _pulse = new(shell.Time, shell.Options.StuckAfter);
        _backoff = new(shell.Options.FirstRestartDelay, shell.Options.LongestRestartDelay, shell.Random);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    private string Kind => _entity.Stream.Category;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _refused = !_shell.Entities.TryAdd(_entity.Stream, () => _entity.Health(_pulse), _entity.Limits.InMemory);
        if (_refused)
        {
            Passivate();
            return;
        }

        Context.SetReceiveTimeout(_entity.Limits.PassivateAfter);
        StartLife();
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        if (!_refused)
        {
            _shell.Entities.Remove(_entity.Stream);
        }
    }

    /// <inheritdoc/>
    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(
            maxNrOfRetries: -1,
            withinTimeMilliseconds: -1,
            failure =>
            {
                if (_life is not null)
                {
                    _life.Failure ??= failure;
                }

                return Directive.Stop;
            },
            loggingEnabled: false
        );

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case CommandMessage command:
                Take(new(command, Sender));
                break;
            case EnsureRunning ensure:
                // Asked again and again: whoever is between two lives answers the next time.
                _aggregate.Forward(ensure);
                break;
            case LifeMessage.Begun:
                _begun = true;
                MoveOn();
                break;
            case LifeMessage.Done:
                _atWork = null;
                _pulse.End();
                MoveOn();
                break;
            case LifeMessage.IsIdle when _atWork is null && _queue.Count == 0:
                Passivate();
                break;
            case ReceiveTimeout:
                _aggregate.Tell(LifeMessage.AskIdle.Instance);
                break;
            case Terminated gone when gone.ActorRef.Equals(_aggregate):
                EndLife(_life!);
                break;
            case LifeClosed:
                AfterLife();
                break;
            case StartAgain when _life is null && !_passivating && !_leaving:
                StartLife();
                break;
            case Leave:
                _leaving = true;
                MoveOn();
                break;
        }
    }

    private void Take(Waiting waiting)
    {
        if (_refused)
        {
            waiting.Answer($"Too many {Kind}s are in use.");
        }
        else if (_lastEnd == LifeEnd.Lost)
        {
            waiting.Answer($"The {Kind} has moved.");
        }
        else if (_queue.Count >= _entity.Limits.Waiting)
        {
            _shell.Metrics.Refused.Add(1);
            waiting.Answer($"The {Kind} has too much to do.");
        }
        else
        {
            _pulse.Begin();
            _queue.Enqueue(waiting);
            MoveOn();
        }
    }

    private void MoveOn()
    {
        if (_begun && _atWork is null)
        {
            if (_queue.TryDequeue(out var next))
            {
                _shell.Metrics.MailboxDepth.Record(_queue.Count);
                _atWork = next;
                _aggregate.Tell(next.Message, next.Asker);
            }
            else if (_leaving)
            {
                _aggregate.Tell(Leave.Instance);
            }
        }
        else if (_leaving && _life is null)
        {
            Context.Stop(Self);
        }
    }

    private void StartLife()
    {
        _bornAt = _shell.Time.GetTimestamp();
        _life = new(_entity.Stream, _pulse, _shell, _lastEnd, _isOwner);
        _aggregate = Context.Watch(Context.ActorOf(_entity.Life(_life)));
    }

    private void EndLife(AggregateLife life)
    {
        life.Abandon();
        _lastEnd = life.End;
        _isOwner = life.IsOwner;
        _aggregate = ActorRefs.Nobody;
        _begun = false;
        if (_atWork is { } unanswered)
        {
            // Whether it was recorded, the next life knows: the caller may ask again, and a repeat is harmless.
            _atWork = null;
            _pulse.Fail(life.Failure?.GetType().Name ?? "");
            unanswered.Answer($"The {Kind} failed and is starting again.");
        }

        _ = TellClosedAsync(life.Closed, Self);
    }

    private void AfterLife()
    {
        var life = _life!;
        _life = null;
        switch (life.End)
        {
            case LifeEnd.Well:
                Context.Stop(Self);
                return;
            case LifeEnd.Lost:
                _shell.Metrics.Fenced.Add(1);
                ActorLog.ActorFenced(_shell.Logger, _entity.Stream);
                AnswerAll($"The {Kind} has moved.");
                Passivate();
                return;
            case LifeEnd.Repeated:
                _shell.Metrics.Duplicates.Add(1);
                ActorLog.DuplicateAppend(_shell.Logger, _entity.Stream);
                break;
        }

        if (_leaving)
        {
            AnswerAll($"The {Kind} has moved or is shutting down.");
            Context.Stop(Self);
            return;
        }

        if (_lastEnd == LifeEnd.SnapshotUnreadable)
        {
            StartLife();
            return;
        }

        _shell.Metrics.Restarts.Add(1);
        if (_shell.Time.GetElapsedTime(_bornAt) >= s_healthyAfter)
        {
            _backoff.Reset();
        }

        var pause = _backoff.Next();
        ActorLog.ActorFailed(_shell.Logger, _entity.Stream, pause, life.Failure!);
        Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, pause);
    }

    private void AnswerAll(string why)
    {
        while (_queue.TryDequeue(out var waiting))
        {
            _pulse.Abandon();
            waiting.Answer(why);
        }
    }

    // The region keeps what comes from now on for the next one, and tells us when to go.
    private void Passivate()
    {
        _passivating = true;
        Context.Parent.Tell(new Passivate(Leave.Instance));
    }

    private static async Task TellClosedAsync(Task closed, IActorRef self)
    {
        await closed;
        self.Tell(LifeClosed.Instance);
    }

    private sealed record Waiting(CommandMessage Message, IActorRef Asker)
    {
        public void Answer(string why) =>
            Asker.Tell(new CommandReply(Message.ReplyId, new CommandOutcome.Unavailable(why)));
    }

    private sealed record StartAgain : INoSerializationVerificationNeeded
    {
        public static StartAgain Instance { get; } = new();
    }

    private sealed record LifeClosed : INoSerializationVerificationNeeded
    {
        public static LifeClosed Instance { get; } = new();
    }
}

/// <summary>One aggregate on this node.</summary>
/// <param name="Stream">Its stream.</param>
/// <param name="Limits">Its bounds.</param>
/// <param name="Life">Makes the actor of a life.</param>
/// <param name="Health">How it does, from the pulse of its work.</param>
internal sealed record Entity(
    StreamName Stream,
    AggregateLimits Limits,
    Func<AggregateLife, Props> Life,
    Func<Pulse, Vital> Health
);
