using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Projections.Sessions;

namespace Trading.Api.Live;

/// <summary>Folds the journal's session events into the six states. Of several sessions the best one counts: one live
/// session is enough for prices.</summary>
internal sealed class StatusBoard : IJournalObserver, IDisposable
{
    private static readonly BackendState[] BestFirst =
    [
        BackendState.Connected,
        BackendState.CTraderConnecting,
        BackendState.Error,
        BackendState.Disconnected,
    ];

    private readonly Lock _gate = new();
    private readonly INodes _nodes;
    private readonly Dictionary<StreamName, SessionStanding> _sessions = [];
    private readonly Dictionary<StreamName, string[]> _symbols = [];

    // Most sessions are offered the same symbols: as long as the next list is equal it is the same in memory too.
    private string[] _latest = [];

    private readonly Dictionary<BrokerEnvironment, BackendStatus> _told = [];
    private readonly Dictionary<BrokerEnvironment, SymbolNames> _offers = [];
    private bool _open;

    /// <param name="nodes">Of the cluster: what a lost one owned is not connected.</param>
    public StatusBoard(INodes nodes)
    {
        _nodes = nodes;
        nodes.Changed += LookAgain;
    }

    /// <summary>Something a client may see has changed.</summary>
    public event Action? Changed;

    /// <inheritdoc/>
    public void Dispose() => _nodes.Changed -= LookAgain;

    private void LookAgain()
    {
        lock (_gate)
        {
            _told.Clear();
        }

        Changed?.Invoke();
    }

    /// <summary>The service serves from now on.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open = true;
            _told.Clear();
        }

        Changed?.Invoke();
    }

    /// <summary>How an environment stands now.</summary>
    public BackendStatus Of(BrokerEnvironment environment)
    {
        lock (_gate)
        {
            if (!_told.TryGetValue(environment, out var status))
            {
                _told[environment] = status = Read(environment);
            }

            return status;
        }
    }

    /// <summary>Sessions that are live now.</summary>
    public int Connected
    {
        get
        {
            lock (_gate)
            {
                return _sessions.Values.Count(session => StateOf(session) == BackendState.Connected);
            }
        }
    }

    private BackendStatus Read(BrokerEnvironment environment)
    {
        var sessions = _sessions.Where(session => session.Value.Environment == environment).ToList();
        var symbols = OfferOf(environment, sessions.Select(session => session.Key));
        if (!_open)
        {
            return new(BackendState.WsConnecting, symbols, null);
        }

        foreach (var state in BestFirst)
        {
            if (sessions.Find(session => StateOf(session.Value) == state) is { Key.Value: not null } found)
            {
                return new(state, symbols, found.Value.Reason);
            }
        }

        return new(BackendState.WsOpen, symbols, "No broker session was started yet.");
    }

    // Looked up by many while it hardly ever changes: as long as it is equal it is the same in memory too.
    private SymbolNames OfferOf(BrokerEnvironment environment, IEnumerable<StreamName> sessions)
    {
        var now = SymbolNames.Of(sessions.SelectMany(session => _symbols.GetValueOrDefault(session) ?? []));
        return _offers.TryGetValue(environment, out var before) && before.SameAs(now)
            ? before
            : _offers[environment] = now;
    }

    private BackendState StateOf(SessionStanding session) =>
        session.State == BackendState.Connected && !_nodes.IsMember(session.Owner ?? "")
            ? BackendState.CTraderConnecting
            : session.State;

    /// <summary>States how a session stood when the journal was taken up.</summary>
    public void Seed(StreamName session, SessionStanding standing, IEnumerable<string> symbols)
    {
        lock (_gate)
        {
            _sessions[session] = standing;
            _symbols[session] = Shared([.. symbols]);
            _told.Clear();
        }
    }

    /// <inheritdoc/>
    public void Observe(RecordedEvent recorded)
    {
        if (!recorded.Type.StartsWith("trading.session.", StringComparison.Ordinal))
        {
            return;
        }

        lock (_gate)
        {
            if (!Apply(recorded.Stream, recorded.Decode()))
            {
                return;
            }

            _told.Clear();
        }

        Changed?.Invoke();
    }

    private bool Apply(StreamName stream, object payload)
    {
        var before = _sessions.GetValueOrDefault(stream);
        switch (payload)
        {
            case SessionStarted started:
                _sessions[stream] = new(started.Environment, BackendState.CTraderConnecting, null, before.Owner);
                return true;
            case AccountSelected selected:
                _sessions[stream] = before with { Environment = selected.Environment };
                return before.Environment != selected.Environment;
            case SessionClaimed claimed:
                _sessions[stream] = before with
                {
                    Owner = claimed.Owner,
                    State = claimed.UnattendedToMs != 0 ? BackendState.CTraderConnecting : before.State,
                };
                return true;
            case SessionConnected:
                _sessions[stream] = before with { State = BackendState.Connected, Reason = null };
                return true;
            case LinkLost lost:
                _sessions[stream] = before with
                {
                    State = BackendState.CTraderConnecting,
                    Reason = SessionReason.Of(lost.Reason, lost.Code),
                };
                return true;
            case LinkRetrySlowed slowed:
                _sessions[stream] = before with
                {
                    State = BackendState.Disconnected,
                    Reason = SessionReason.Of(slowed.Reason, slowed.Code),
                };
                return true;
            case LinkRetryFailed failed:
                _sessions[stream] = before with { Reason = SessionReason.Of(failed.Reason, failed.Code) };
                return true;
            case SessionFailed failed:
                _sessions[stream] = before with
                {
                    State = BackendState.Error,
                    Reason = SessionReason.Of(failed.Detail, failed.Code),
                };
                return true;
            case SessionStopped stopped:
                _sessions[stream] = before with { State = BackendState.Disconnected, Reason = stopped.Reason };
                return true;
            case SymbolsListed listed:
                _symbols[stream] = Shared([
                    .. listed.Symbols.Where(symbol => symbol.Enabled).Select(symbol => symbol.Name),
                ]);
                return true;
            default:
                return false;
        }
    }

    private string[] Shared(string[] symbols) => _latest.SequenceEqual(symbols) ? _latest : _latest = symbols;
}
