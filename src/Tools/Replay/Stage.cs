using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Sessions;
using Trading.EventStore;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;
using Trading.Tools.Events;

namespace Trading.Tools.Replay;

/// <summary>Where a replay is played: knows how far it is, and tells whoever watches. One thing happens at a time, so that a
/// client that joins sees everything once.</summary>
internal sealed class Stage
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<IAudience> _audience = [];
    private readonly Dictionary<SymbolName, PastTick> _newest = [];
    private readonly TaskCompletionSource _watched = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PostgresLogs _logs;
    private readonly StreamName _feed;
    private readonly SymbolNames _listed;
    private SessionState _session;
    private AsOf _now;
    private Offset _ticks;

    private Stage(
        PostgresLogs logs,
        ReplayPart part,
        BrokerEnvironment environment,
        SymbolNames listed,
        SessionState session,
        AsOf begin
    )
    {
        _logs = logs;
        _listed = listed;
        User = part.User;
        _feed = MarketStreams.FeedOf(environment);
        _session = session;
        _now = begin;
        _ticks = part.TicksAfter;
    }

    /// <summary>Whose account is played; null for prices alone.</summary>
    public UserKey? User { get; }

    /// <summary>Completes when somebody watches.</summary>
    public Task FirstClient => _watched.Task;

    /// <summary>How the played session stands.</summary>
    public TickStatus Status =>
        User is null
            ? new("connected", _listed, null)
            : new(
                _session.Phase switch
                {
                    SessionPhase.Idle => "ws-open",
                    SessionPhase.Connecting or SessionPhase.Retrying => "ctrader-connecting",
                    SessionPhase.Live => "connected",
                    SessionPhase.Failed => "error",
                    _ => "disconnected",
                },
                SymbolNames.Of(
                    (_session.Book?.Symbols.Listed.Symbols ?? [])
                        .Where(symbol => symbol.Enabled)
                        .Select(symbol => symbol.Name)
                ),
                null
            );

    /// <summary>Sets the stage as everything stood when the part begins.</summary>
    /// <param name="logs">The source.</param>
    /// <param name="part">What will be played.</param>
    /// <param name="feed">demo or live; null for that of the user's account.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<Stage> SetAsync(
        PostgresLogs logs,
        ReplayPart part,
        string? feed,
        CancellationToken cancellation
    )
    {
        var (begin, end) = (SessionState.Initial, SessionState.Initial);
        if (part.User is { } user)
        {
            var stream = StreamName.Of("session", user.Value);
            await foreach (var page in logs.Journal.ReplayAsync(stream, StreamVersion.None, cancellation))
            {
                foreach (var past in page.TakeWhile(past => past.Offset <= part.UpTo))
                {
                    end = SessionEvolve.Apply(end, past.Payload, past.OccurredAt);
                    begin = past.Offset <= part.After ? end : begin;
                }
            }
        }

        var environment = feed switch
        {
            "live" => BrokerEnvironment.Live,
            "demo" => BrokerEnvironment.Demo,
            _ => end.Selected?.Environment ?? BrokerEnvironment.Demo,
        };
        var first = await logs.Journal.FindAsync(part.After, cancellation);
        return new(
            logs,
            part,
            environment,
            await ListedSymbols.ReadAsync(logs.Journal, cancellation),
            begin,
            new(part.After.Value, first?.RecordedAt ?? DateTimeOffset.UnixEpoch)
        );
    }

    /// <summary>Plays one thing to all who watch.</summary>
    public async Task PlayAsync(Played played, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            _now = _now with { Time = played.RecordedAt };
            if (played.Event is { } recorded)
            {
                await PlayAsync(recorded, cancellation);
            }
            else if (played.Ticks is { } block)
            {
                await PlayAsync(block, cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Does something while nothing is played.</summary>
    public async Task<T> BetweenAsync<T>(Func<Task<T>> action, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            return await action();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Somebody watches from now on. Only while nothing is played.</summary>
    public void Join(IAudience audience) => _audience.Add(audience);

    /// <summary>Somebody has seen enough. Only while nothing is played.</summary>
    public void Leave(IAudience audience) => _audience.Remove(audience);

    /// <summary>Somebody is ready to see something: the play may begin.</summary>
    public void Begin() => _watched.TrySetResult();

    /// <summary>The account as it stands on the stage now. Only while nothing is played.</summary>
    public async Task<SnapshotMessage> SnapshotAsync(UserKey user, CancellationToken cancellation)
    {
        var past = await new AccountHistory(_logs.Journal, _logs.Journal, _logs.Market).FindAsync(
            new(user, null, _now) { WithOrders = true },
            null,
            cancellation
        );
        return past?.Snapshot() ?? new("snapshot", _now.Offset, null, [], []);
    }

    /// <summary>The user's events after an offset up to where the play is, as messages; null when the play has not come as
    /// far as that offset, or is too far beyond it.</summary>
    public async Task<List<byte[]>?> MissedAsync(UserKey user, Offset after, long most, CancellationToken cancellation)
    {
        if (after.Value > _now.Offset || _now.Offset - after.Value > most)
        {
            return null;
        }

        var missed = new List<byte[]>();
        var part = new ReplayPart
        {
            After = after,
            UpTo = new(_now.Offset),
            TicksUpTo = Offset.Start,
            User = user,
        };
        await foreach (var batch in part.EventsOf(_logs.Journal, cancellation))
        {
            missed.AddRange(batch.Select(AccountMessage.Of).OfType<byte[]>());
        }

        return missed;
    }

    /// <summary>The symbol that somebody means; taken as written when no broker ever listed one that could be meant.</summary>
    public SymbolName Find(string text) => Status.Symbols.Find(text) ?? _listed.Find(text) ?? new(text);

    /// <summary>A symbol's last price on the stage; null when it had none yet. Only while nothing is played.</summary>
    public async ValueTask<PastTick?> PriceAsync(SymbolName symbol, CancellationToken cancellation) =>
        _newest.TryGetValue(symbol, out var newest)
            ? newest
            : await _logs.Market.NewestAsync(_feed, symbol, _ticks, cancellation);

    private async Task PlayAsync(RecordedEvent recorded, CancellationToken cancellation)
    {
        _now = _now with { Offset = recorded.Offset.Value };
        var before = Status;
        if (User is { } user && recorded.Stream == StreamName.Of("session", user.Value))
        {
            _session = SessionEvolve.Apply(_session, recorded.Decode(), recorded.OccurredAt);
        }

        var status = Status;
        var isNews = status.Word != before.Word || !status.Symbols.SameAs(before.Symbols);
        foreach (var audience in _audience.ToArray())
        {
            await audience.SeeAsync(recorded, cancellation);
            if (isNews)
            {
                await audience.SeeAsync(status, cancellation);
            }
        }
    }

    private async Task PlayAsync(TickBlock block, CancellationToken cancellation)
    {
        _ticks = block.Last;
        if (block.Stream != _feed)
        {
            return;
        }

        for (var i = 0; i < block.Ticks.Length; i++)
        {
            var tick = new PastTick(block.First.Plus(i), block.RecordedAt, block.Ticks.Span[i]);
            _newest[tick.Tick.Symbol] = tick;
            foreach (var audience in _audience.ToArray())
            {
                await audience.SeeAsync(tick, cancellation);
            }
        }
    }
}

/// <summary>One who watches a replay.</summary>
internal interface IAudience
{
    /// <summary>An event is played.</summary>
    ValueTask SeeAsync(RecordedEvent recorded, CancellationToken cancellation);

    /// <summary>A tick is played.</summary>
    ValueTask SeeAsync(PastTick tick, CancellationToken cancellation);

    /// <summary>The session stands otherwise from now on.</summary>
    ValueTask SeeAsync(TickStatus status, CancellationToken cancellation);
}
