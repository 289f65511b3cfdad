using System.Threading.Channels;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using EventId = Trading.Domain.Logs.EventId;

namespace Trading.Actors.Persistence;

/// <summary>The shell of every actor that owns a stream: a bounded mailbox, one message at a time, and for each message
/// <em>persist → apply → answer → publish → effects</em>, in this order. It supervises itself: what fails starts again
/// from the log, after a growing pause, and nobody else notices.</summary>
internal abstract class PersistentActor<TState, TCommand, TEffect>(
    StreamName stream,
    Rules<TState, TCommand> rules,
    ActorEnvironment environment
)
    where TCommand : class
    where TEffect : class
{
    private const int DecideAtMost = 3;
    private const int DuplicatesAtMost = 2;

    /// <summary>A life this long was a good one: the next failure is a first one again.</summary>
    private static readonly TimeSpan s_healthyAfter = TimeSpan.FromSeconds(60);

    private readonly Channel<Envelope<TCommand>> _mailbox = Channel.CreateBounded<Envelope<TCommand>>(
        new BoundedChannelOptions(environment.Options.MailboxCapacity) { SingleReader = true }
    );

    private readonly OwnedStream<TState, TCommand> _owned = new(
        stream,
        rules,
        environment.Log,
        environment.Snapshots,
        environment.Time,
        environment.Options,
        environment.Metrics,
        environment.Logger
    );

    private readonly Queue<TCommand> _own = new();
    private readonly Pulse _pulse = new(environment.Time, environment.Options.StuckAfter);
    private volatile bool _closing;

    /// <summary>The actor's stream.</summary>
    public StreamName Stream { get; } = stream;

    /// <summary>When the last command was taken.</summary>
    public DateTimeOffset BusyAt { get; private set; } = environment.Time.GetUtcNow();

    /// <summary>What is recorded.</summary>
    protected TState State => _owned.State;

    /// <summary>What the actor stands on.</summary>
    protected ActorEnvironment Environment { get; } = environment;

    /// <summary>The user its events are about.</summary>
    protected abstract UserKey? User { get; }

    /// <summary>May it leave memory.</summary>
    protected abstract bool Idle { get; }

    /// <summary>Beats with every message that is done.</summary>
    public Pulse Pulse => _pulse;

    /// <summary>Hands over a message without waiting.</summary>
    public Delivery Post(Envelope<TCommand> message)
    {
        if (_mailbox.Writer.TryWrite(message))
        {
            _pulse.Begin();
            return Delivery.Taken;
        }

        return _closing ? Delivery.Gone : Delivery.Full;
    }

    /// <summary>Hands over a message and waits while the mailbox is full.</summary>
    /// <exception cref="ChannelClosedException">The actor is leaving.</exception>
    protected async ValueTask PostAsync(Envelope<TCommand> message, CancellationToken cancellation)
    {
        await _mailbox.Writer.WriteAsync(message, cancellation);
        _pulse.Begin();
    }

    /// <summary>Takes no more messages; those waiting are still handled.</summary>
    public void Close()
    {
        _closing = true;
        _mailbox.Writer.TryComplete();
    }

    /// <summary>Lives until the mailbox is closed and empty, the stream is lost, or <paramref name="cancellation"/>.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(
            Environment.Options.FirstRestartDelay,
            Environment.Options.LongestRestartDelay,
            Environment.Random
        );
        try
        {
            while (!await LiveAsync(backoff, cancellation)) { }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Told to go: what waits is answered below.
        }
        finally
        {
            Close();
            while (_mailbox.Reader.TryRead(out var left))
            {
                _pulse.Abandon();
                left.Reply?.TrySetResult(new CommandOutcome.Unavailable("The session has moved or is shutting down."));
            }
        }
    }

    /// <summary>One life: true when it ended for good, false when it is to start again.</summary>
    private async Task<bool> LiveAsync(Backoff backoff, CancellationToken cancellation)
    {
        TimeSpan pause;
        var began = Environment.Time.GetTimestamp();
        try
        {
            await _pulse.WatchAsync(new ValueTask(BeginAsync(cancellation)));
            while (await _mailbox.Reader.WaitToReadAsync(cancellation))
            {
                while (_mailbox.Reader.TryRead(out var message))
                {
                    Environment.Metrics.MailboxDepth.Record(_mailbox.Reader.Count);
                    await _pulse.FinishAsync(DoAsync(message, cancellation));
                }
            }

            await _owned.SnapshotAsync(always: true, cancellation);
            return true;
        }
        catch (StreamLostException)
        {
            Environment.Metrics.Fenced.Add(1);
            Log.ActorFenced(Environment.Logger, Stream);
            return true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Supervision: whatever it was, the log is the truth and the next life starts from it.
            Environment.Metrics.Restarts.Add(1);
            if (Environment.Time.GetElapsedTime(began) >= s_healthyAfter)
            {
                backoff.Reset();
            }

            pause = backoff.Next();
            Log.ActorFailed(Environment.Logger, Stream, pause, failure);
        }
        finally
        {
            await QuiesceAsync();
        }

        await Task.Delay(pause, Environment.Time, cancellation);
        return false;
    }

    private async Task BeginAsync(CancellationToken cancellation)
    {
        await _owned.RecoverAsync(_pulse.Step, cancellation);
        _own.Clear();
        Published();
        if (!_closing)
        {
            await ResumeAsync(cancellation);
            await HandleOwnAsync(cancellation);
        }
    }

    private async Task DoAsync(Envelope<TCommand> message, CancellationToken cancellation)
    {
        await TakeAsync(message, cancellation);
        await HandleOwnAsync(cancellation);
    }

    private async Task TakeAsync(Envelope<TCommand> message, CancellationToken cancellation)
    {
        if (message.Failure is { } failure)
        {
            if (IsCurrent(message.Source))
            {
                throw new ActorPartFailedException(failure);
            }

            return;
        }

        if (message.Command is not { } command)
        {
            if (Idle && _mailbox.Reader.Count == 0)
            {
                Close();
            }

            return;
        }

        if (message.Source == 0)
        {
            BusyAt = Environment.Time.GetUtcNow();
        }
        else if (!IsCurrent(message.Source))
        {
            return;
        }

        try
        {
            await HandleAsync(command, message.Reply, cancellation);
        }
        finally
        {
            // Reached without an answer only on failure: the caller may ask again, and a repeat is harmless.
            message.Reply?.TrySetResult(new CommandOutcome.Unavailable("The session failed and is starting again."));
        }
    }

    private async Task HandleOwnAsync(CancellationToken cancellation)
    {
        while (_own.TryDequeue(out var command))
        {
            await HandleAsync(command, null, cancellation);
        }
    }

    private async Task HandleAsync(
        TCommand asked,
        TaskCompletionSource<CommandOutcome>? reply,
        CancellationToken cancellation
    )
    {
        var command = await PrepareAsync(asked, cancellation);
        for (var (round, duplicates) = (1, 0); ; round++)
        {
            switch (rules.Decide(State, command))
            {
                case Decision.Refused refused:
                    reply?.TrySetResult(new CommandOutcome.Refused(refused.Code, refused.Detail, refused.Field));
                    return;
                case Decision.Accepted { Events.Count: > 0 } accepted:
                    // A second duplicate on a fresh state: an id that the state has forgotten. Each event then stands for
                    // itself.
                    var size = duplicates < DuplicatesAtMost ? AppendRequest.MaxEvents : 1;
                    switch (await PersistAsync(command, accepted, size, reply, cancellation))
                    {
                        case AppendOutcome.Duplicate:
                            duplicates++;
                            break;
                        case AppendOutcome.Conflict when round < DecideAtMost:
                            break;
                        case AppendOutcome.Conflict conflict:
                            throw new InvalidOperationException($"The log answered {conflict} again and again.");
                        default:
                            return;
                    }

                    // The log knows more than we do: look again, decide again. Under the same claim: who has lost the
                    // stream must be fenced, not take it back.
                    await _owned.CatchUpAsync(_pulse.Step, cancellation);
                    break;
                default:
                    reply?.TrySetResult(new CommandOutcome.Unchanged(_owned.Last));
                    return;
            }
        }
    }

    /// <summary>Persists and all that follows from it; null then. A conflict or a duplicate when the decision was made on an
    /// old state and must be made again.</summary>
    private async Task<AppendOutcome?> PersistAsync(
        TCommand command,
        Decision.Accepted accepted,
        int size,
        TaskCompletionSource<CommandOutcome>? reply,
        CancellationToken cancellation
    )
    {
        var events = accepted.Events.ToArray();
        var given = CorrelationOf(command);
        var correlation = given == Guid.Empty ? EventId.New(Environment.Time.GetUtcNow()).Value : given;
        var effects = new List<TEffect>();
        var recorded = 0;
        for (var start = 0; start < events.Length; start += size)
        {
            var part = new ArraySegment<Happened>(events, start, Math.Min(size, events.Length - start));
            switch (await _owned.AppendAsync(part, User, correlation, cancellation))
            {
                case AppendOutcome.Appended:
                    foreach (var happened in part)
                    {
                        _owned.Apply(happened);
                        Collect(effects, React(happened));
                        recorded++;
                    }

                    break;
                case AppendOutcome.Fenced:
                    throw new StreamLostException();
                case AppendOutcome.Duplicate when size == 1:
                    Environment.Metrics.Duplicates.Add(1);
                    _owned.Apply(part[0]);
                    break;
                case AppendOutcome.Duplicate duplicate when recorded == 0:
                    Environment.Metrics.Duplicates.Add(1);
                    Log.DuplicateAppend(Environment.Logger, Stream);
                    return duplicate;
                case AppendOutcome.Conflict conflict when recorded == 0:
                    return conflict;
                case var outcome:
                    throw new InvalidOperationException($"The log answered {outcome} in the middle of a decision.");
            }
        }

        Applied();
        reply?.TrySetResult(
            recorded > 0 ? new CommandOutcome.Accepted(_owned.Last) : new CommandOutcome.Unchanged(_owned.Last)
        );
        Published();
        foreach (var effect in effects)
        {
            await RunAsync(effect, cancellation);
        }

        await _owned.SnapshotAsync(always: false, cancellation);
        return null;
    }

    private void Collect(List<TEffect> effects, TEffect? effect)
    {
        if (effect is not null && effects is [.., var former] && Replaces(effect, former))
        {
            effects[^1] = effect;
        }
        else if (effect is not null)
        {
            effects.Add(effect);
        }
    }

    /// <summary>A message of the actor to itself, handled before the next one of the mailbox.</summary>
    protected void Tell(TCommand command) => _own.Enqueue(command);

    /// <summary>Handles a message of the actor to itself at once. For recovery, when no other message is at work.</summary>
    protected Task HandleNowAsync(TCommand command, CancellationToken cancellation) =>
        HandleAsync(command, null, cancellation);

    /// <summary>Changes how the state is held, not what it says.</summary>
    protected void Hold(TState state) => _owned.Hold(state);

    /// <summary>Does what a command needs before the pure rules see it, for example sealing.</summary>
    protected virtual ValueTask<TCommand> PrepareAsync(TCommand command, CancellationToken cancellation) =>
        new(command);

    /// <summary>What ties the command's events to who asked for it; empty for nothing.</summary>
    protected abstract Guid CorrelationOf(TCommand command);

    /// <summary>The effect of an event just applied.</summary>
    protected abstract TEffect? React(Happened happened);

    /// <summary>Running the later of two effects in a row makes the former needless.</summary>
    protected abstract bool Replaces(TEffect later, TEffect former);

    /// <summary>Runs an effect.</summary>
    protected abstract Task RunAsync(TEffect effect, CancellationToken cancellation);

    /// <summary>Goes on after recovery: opens what should be open. Effects are not run again.</summary>
    protected abstract Task ResumeAsync(CancellationToken cancellation);

    /// <summary>Events were applied.</summary>
    protected abstract void Applied();

    /// <summary>The state may be shown to others.</summary>
    protected abstract void Published();

    /// <summary>Is this source of reports the one that counts.</summary>
    protected abstract bool IsCurrent(int source);

    /// <summary>Closes what is open: this life ends.</summary>
    protected abstract Task QuiesceAsync();
}
