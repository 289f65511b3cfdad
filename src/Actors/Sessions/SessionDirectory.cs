using System.Collections.Concurrent;
using Trading.Actors.Persistence;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>The front door of the write side in this process: starts a session's actor when it is spoken to, brings the
/// running ones back after a restart, and lets idle ones leave memory.</summary>
public sealed class SessionDirectory : ISessionGateway
{
    private const int DeliverAtMost = 5;
    private readonly ConcurrentDictionary<UserKey, Resident> _residents = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ActorEnvironment _environment;
    private readonly SessionPeers _peers;
    private readonly RunningSessions _running;
    private readonly Pulse _resuming;
    private readonly Pulse _keeping;
    private volatile bool _stopping;

    internal SessionDirectory(ActorEnvironment environment, SessionPeers peers)
    {
        _environment = environment;
        _peers = peers;
        _running = new(environment.Log, environment.Snapshots);
        _resuming = new(environment.Time, environment.Options.StuckAfter);
        _keeping = new(environment.Time, environment.Options.StuckAfter);
    }

    /// <summary>Sessions in memory.</summary>
    public int Count => _residents.Count;

    /// <summary>How each session in memory does, and the bringing back of those that were running.</summary>
    public IEnumerable<Vital> Vitals() =>
        _residents
            .Values.Select(resident => resident.Actor.Vital)
            .Append(
                Vital.Of(
                    VitalKind.Process,
                    "sessions",
                    _resuming.Waiting > 0 ? VitalState.CatchingUp : VitalState.Live,
                    ("bringing sessions back", _resuming),
                    ("keeping the list of running sessions", _keeping)
                )
            );

    /// <inheritdoc/>
    public async Task<CommandOutcome> SendAsync(UserKey user, SessionCommand command, CancellationToken cancellation)
    {
        var reply = new TaskCompletionSource<CommandOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var round = 0; round < DeliverAtMost; round++)
        {
            if (_stopping)
            {
                return new CommandOutcome.Unavailable("The service is shutting down.");
            }

            if (Resident(user) is not { } resident)
            {
                return new CommandOutcome.Unavailable("Too many sessions are in use.");
            }

            switch (resident.Actor.Post(new(command, reply)))
            {
                case Delivery.Taken:
                    return await AnswerAsync(reply, cancellation);
                case Delivery.Full:
                    _environment.Metrics.Refused.Add(1);
                    return new CommandOutcome.Unavailable("The session has too much to do.");
                default:
                    // It is just leaving: its successor can only begin after it has.
                    await resident.Life.WaitAsync(cancellation);
                    break;
            }
        }

        return new CommandOutcome.Unavailable("The session cannot be reached.");
    }

    /// <summary>Brings back every session that is to run, a bounded number at a time.</summary>
    internal async Task ResumeAsync(CancellationToken cancellation)
    {
        var began = _environment.Time.GetTimestamp();
        var running = await _resuming.WatchAsync(new ValueTask<UserKey[]>(ReadRunningAsync(cancellation)));
        if (running.Length == 0)
        {
            return;
        }

        _resuming.Begin();

        Log.Resuming(_environment.Logger, running.Length);
        var waiting = new ConcurrentQueue<UserKey>(running);
        var atOnce = Math.Min(_environment.Options.ResumeAtOnce, running.Length);
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => TakeTurnsAsync(waiting, cancellation)));
        _resuming.End();
        Log.Resumed(_environment.Logger, running.Length, _environment.Time.GetElapsedTime(began));
    }

    private async Task TakeTurnsAsync(ConcurrentQueue<UserKey> waiting, CancellationToken cancellation)
    {
        while (waiting.TryDequeue(out var user))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Resident(user) is { } resident)
            {
                await Waiting.ForAsync(
                    resident.Actor.Heard,
                    _environment.Options.ResumeTurn,
                    _environment.Time,
                    cancellation
                );
            }

            _resuming.Advance();
        }
    }

    /// <summary>Lets idle sessions leave and keeps the list of running ones, again and again.</summary>
    internal async Task SweepAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(_environment.Options.SweepEvery, _environment.Time);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            try
            {
                Passivate();
                await _keeping.WatchAsync(new ValueTask(KeepAsync(cancellation)));
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                Log.SweepFailed(_environment.Logger, failure);
            }
        }
    }

    private async Task KeepAsync(CancellationToken cancellation)
    {
        await _running.CatchUpAsync(_keeping.Advance, cancellation);
        await _running.SaveAsync(cancellation);
    }

    /// <summary>Takes no more commands, finishes those taken, closes the links.</summary>
    internal async Task StopAsync(CancellationToken cancellation)
    {
        _stopping = true;
        var lives = Residents().ToArray();
        foreach (var resident in lives)
        {
            resident.Actor.Close();
        }

        var all = Task.WhenAll(lives.Select(resident => resident.Life));
        try
        {
            await all.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Log.StopTimedOut(_environment.Logger, _residents.Count);
            Abandon();
            await all;
        }
    }

    // Here and not on a thread of the pool: only the actors wait for it.
    private void Abandon() => _end.Cancel();

    private async Task<UserKey[]> ReadRunningAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(
            _environment.Options.FirstRestartDelay,
            _environment.Options.LongestRestartDelay,
            _environment.Random
        );
        while (true)
        {
            TimeSpan pause;
            try
            {
                return [.. await _running.CatchUpAsync(_resuming.Advance, cancellation)];
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                pause = backoff.Next();
                Log.ResumeFailed(_environment.Logger, pause, failure);
            }

            await Task.Delay(pause, _environment.Time, cancellation);
        }
    }

    private void Passivate()
    {
        var idleSince = _environment.Time.GetUtcNow() - _environment.Options.PassivateAfter;
        foreach (var resident in Residents().Where(resident => resident.Actor.BusyAt < idleSince))
        {
            // A full mailbox is not idle: the next sweep asks again.
            resident.Actor.Post(Envelope<SessionCommand>.Passivate);
        }
    }

    // By name: the dictionary's own order differs from one process to the next.
    private IEnumerable<Resident> Residents() =>
        _residents.OrderBy(pair => pair.Key.Value, StringComparer.Ordinal).Select(pair => pair.Value);

    private Resident? Resident(UserKey user)
    {
        if (_residents.TryGetValue(user, out var resident))
        {
            return resident;
        }

        if (_residents.Count >= _environment.Options.MaxSessions)
        {
            return null;
        }

        var fresh = new Resident(new(user, _environment, _peers));
        var held = _residents.GetOrAdd(user, fresh);
        held.Begin(LiveAsync);
        return held;
    }

    private async Task LiveAsync(Resident resident)
    {
        await Task.Yield();
        _environment.Metrics.Sessions.Add(1);
        try
        {
            await resident.Actor.RunAsync(_end.Token);
        }
        catch (Exception failure) when (_end.IsCancellationRequested)
        {
            // Told to go in the middle of something: the log settles it at the next start.
            Log.ActorFailed(_environment.Logger, resident.Actor.Stream, TimeSpan.Zero, failure);
        }
        finally
        {
            _environment.Metrics.Sessions.Add(-1);
            _residents.TryRemove(KeyValuePair.Create(resident.Actor.Owner, resident));
        }
    }

    private async Task<CommandOutcome> AnswerAsync(
        TaskCompletionSource<CommandOutcome> reply,
        CancellationToken cancellation
    )
    {
        // Whoever comes first completes the reply itself: nothing waits on another thread than the caller's.
        await using var late = _environment.Time.CreateTimer(
            _ => reply.TrySetResult(new CommandOutcome.Unavailable("The session did not answer in time.")),
            null,
            _environment.Options.AnswerWithin,
            Timeout.InfiniteTimeSpan
        );
        await using var gone = cancellation.Register(() => reply.TrySetCanceled(cancellation));
        return await reply.Task;
    }
}

/// <summary>An actor in memory and its life.</summary>
internal sealed class Resident(SessionActor actor)
{
    private readonly Lock _gate = new();
    private Task? _life;

    /// <summary>The actor.</summary>
    public SessionActor Actor => actor;

    /// <summary>Ends when the actor has left.</summary>
    public Task Life
    {
        get
        {
            lock (_gate)
            {
                return _life ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>Starts the life, once.</summary>
    public void Begin(Func<Resident, Task> live)
    {
        lock (_gate)
        {
            _life ??= live(this);
        }
    }
}
