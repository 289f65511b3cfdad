using Akka.Actor;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;

namespace Trading.Actors.Sessions;

/// <summary>Sees to it that every session that is to run does, by the journal: there is one in the cluster. It looks at its
/// start, when a node comes or goes, and now and then, and asks each session in turn, a bounded number at a time.</summary>
internal sealed class Keeper : UntypedActor, IWithTimers
{
    private readonly KeeperTools _tools;
    private readonly ShellEnvironment _shell;
    private readonly Backoff _backoff;
    private readonly Queue<StreamName> _waiting = new();
    private readonly HashSet<StreamName> _asked = [];
    private readonly Action _nodesChanged;
    private long _beganAt;
    private int _round;
    private bool _looking;
    private bool _lookAgain;

    public Keeper(KeeperTools tools)
    {
        _tools = tools;
        _shell = tools.Shell;
        _backoff = new(_shell.Options.FirstRestartDelay, _shell.Options.LongestRestartDelay, _shell.Random);
        var self = Self;
        _nodesChanged = () => self.Tell(Look.Instance);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _tools.Nodes.Changed += _nodesChanged;
        BeginLook();
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, _shell.Options.KeepEvery);
    }

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _tools.Nodes.Changed -= _nodesChanged;
        if (_tools.Pulse.Waiting > 0)
        {
            _tools.Pulse.Abandon();
        }
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Look when _looking || _waiting.Count > 0 || _asked.Count > 0:
                _lookAgain = true;
                break;
            case Look:
                BeginLook();
                break;
            case Read { Failure: { } failure }:
                var pause = _backoff.Next();
                ActorLog.ResumeFailed(_shell.Logger, pause, failure);
                Timers.StartSingleTimer(nameof(LookNow), LookNow.Instance, pause);
                break;
            case LookNow:
                _ = ReadAsync(Self);
                break;
            case Read read:
                _backoff.Reset();
                HandOut(read.Sessions);
                break;
            case Running running:
                TurnIsOver(running.Of);
                break;
            case TurnOver over when over.Round == _round:
                TurnIsOver(over.Of);
                break;
        }
    }

    private void BeginLook()
    {
        _looking = true;
        _beganAt = _shell.Time.GetTimestamp();
        _tools.Pulse.Begin();
        foreach (var feed in _tools.Feeds)
        {
            Ensure(feed);
        }

        _ = ReadAsync(Self);
    }

    private async Task ReadAsync(IActorRef self)
    {
        try
        {
            var sessions = await _tools.Sessions.CatchUpAsync(_tools.Pulse.Advance, CancellationToken.None);
            await _tools.Sessions.SaveAsync(CancellationToken.None);
            self.Tell(new Read(sessions, null));
        }
        catch (Exception failure)
        {
            self.Tell(new Read([], failure));
        }
    }

    private void HandOut(IReadOnlyList<(UserKey User, string Owner)> sessions)
    {
        // What a node took over that is none of this cluster's is that node's: only at the beginning nobody else can be there.
        foreach (var (user, owner) in sessions)
        {
            if (_round == 0 || _tools.Nodes.WasMember(owner))
            {
                _waiting.Enqueue(SessionAggregate.StreamOf(user));
            }
        }

        if (_round == 0 && _waiting.Count > 0)
        {
            ActorLog.Resuming(_shell.Logger, _waiting.Count);
        }

        _looking = false;
        GiveTurns();
    }

    private void GiveTurns()
    {
        while (_asked.Count < _shell.Options.ResumeAtOnce && _waiting.TryDequeue(out var next))
        {
            _asked.Add(next);
            Ensure(next);
            Timers.StartSingleTimer(next, new TurnOver(next, _round), _shell.Options.ResumeTurn);
        }

        if (_asked.Count == 0 && !_looking)
        {
            Rest();
        }
    }

    private void TurnIsOver(StreamName session)
    {
        if (_asked.Remove(session))
        {
            Timers.Cancel(session);
            _tools.Pulse.Advance();
            GiveTurns();
        }
    }

    private void Rest()
    {
        if (_tools.Pulse.Waiting > 0)
        {
            _tools.Pulse.End();
        }

        if (_round++ == 0)
        {
            ActorLog.Resumed(_shell.Logger, _shell.Time.GetElapsedTime(_beganAt));
            _tools.Resumed.TrySetResult();
        }

        if (_lookAgain)
        {
            _lookAgain = false;
            Self.Tell(Look.Instance);
        }
    }

    private void Ensure(StreamName stream) => _tools.Region(stream.Category)?.Tell(new EnsureRunning(stream), Self);

    private sealed record Look : INoSerializationVerificationNeeded
    {
        public static Look Instance { get; } = new();
    }

    private sealed record LookNow : INoSerializationVerificationNeeded
    {
        public static LookNow Instance { get; } = new();
    }

    private sealed record Read(IReadOnlyList<(UserKey User, string Owner)> Sessions, Exception? Failure)
        : INoSerializationVerificationNeeded;

    private sealed record TurnOver(StreamName Of, int Round) : INoSerializationVerificationNeeded;
}

/// <summary>What the keeper works with.</summary>
/// <param name="Shell">Clock, bounds, log.</param>
/// <param name="Sessions">Which are to run.</param>
/// <param name="Feeds">Always to run.</param>
/// <param name="Nodes">Of the cluster.</param>
/// <param name="Region">The region of a category.</param>
internal sealed record KeeperTools(
    ShellEnvironment Shell,
    RunningSessions Sessions,
    IReadOnlyList<StreamName> Feeds,
    Domain.Ports.INodes Nodes,
    Func<string, IActorRef?> Region
)
{
    /// <summary>Beats as sessions come back.</summary>
    public Pulse Pulse { get; } = new(Shell.Time, Shell.Options.StuckAfter);

    /// <summary>Completes when every session that was running has had its turn, for the first time.</summary>
    public TaskCompletionSource Resumed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
