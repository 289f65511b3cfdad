using System.Threading.Channels;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Feeds;

/// <summary>The prices of one environment: counts who wants which symbol, chooses the session that streams them, and tells
/// it. Driven by levels, not by edges: whatever happens, it compares what should be with what is and closes the difference.
/// </summary>
internal sealed class PriceFeed(StreamName name, UserKey? configured, ShellEnvironment environment)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<SymbolName, int> _wanted = [];
    private readonly Dictionary<UserKey, SessionView> _sessions = [];
    private readonly HashSet<UserKey> _streaming = [];
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private readonly Dictionary<UserKey, HistorySource> _histories = [];
    private TickRecorder? _recorder;
    private UserKey? _source;

    /// <summary>The feed's stream.</summary>
    public StreamName Name => name;

    /// <summary>The tick path; null while the feed is not on this node.</summary>
    public TickRecorder? Recorder
    {
        get
        {
            lock (_gate)
            {
                return _recorder;
            }
        }
        set
        {
            lock (_gate)
            {
                _recorder = value;
                // It is told anew who streams what.
                _source = null;
            }

            Wake();
        }
    }

    /// <summary>Told when sessions, or what they can be asked for, have changed.</summary>
    public Action Changed { get; set; } = () => { };

    /// <summary>Beats while sessions are told what to stream, and take it.</summary>
    public Pulse Stating { get; } = new(environment.Time, environment.Options.StuckAfter);

    /// <summary>Beats while quotes that are wanted have a source; stalls when they have none.</summary>
    public Pulse Serving { get; } = new(environment.Time, environment.Options.StuckAfter);

    /// <summary>Somebody wants quotes, or may.</summary>
    public bool IsNeeded
    {
        get
        {
            lock (_gate)
            {
                return _wanted.Count > 0 || _sessions.Count > 0;
            }
        }
    }

    /// <summary>The price source's link stands.</summary>
    public bool IsCovered
    {
        get
        {
            lock (_gate)
            {
                return IsLive(_source);
            }
        }
    }

    /// <summary>Who can be asked for past ticks now; null while nobody can.</summary>
    public HistorySource? History
    {
        get
        {
            lock (_gate)
            {
                return IsLive(_source) ? _histories.GetValueOrDefault(_source!.Value) : null;
            }
        }
    }

    /// <summary>How the feed stands.</summary>
    public FeedStatus Status
    {
        get
        {
            lock (_gate)
            {
                return new(
                    _source,
                    _source is { } source && _sessions.TryGetValue(source, out var view) && view.Live,
                    _wanted.Count,
                    _recorder?.LastTickAt,
                    _recorder?.Fenced == true
                );
            }
        }
    }

    /// <summary>One more, or one less, wants a symbol.</summary>
    public void Want(SymbolName symbol, int change)
    {
        lock (_gate)
        {
            Add(symbol, change);
        }

        Wake();
        Changed();
    }

    /// <summary>A session shows itself as it is now; null when it leaves.</summary>
    public void Show(UserKey user, SessionView? view)
    {
        lock (_gate)
        {
            if (_sessions.Remove(user, out var former))
            {
                foreach (var symbol in former.Needed)
                {
                    Add(symbol, -1);
                }
            }

            _streaming.Remove(user);
            if (view is { Running: true })
            {
                _sessions.Add(user, view);
                foreach (var symbol in view.Needed)
                {
                    Add(symbol, +1);
                }

                if (!view.Subscribed.IsEmpty)
                {
                    _streaming.Add(user);
                }
            }
            else if (former is null)
            {
                return;
            }

            if (user == _source && view is { Running: true })
            {
                _recorder?.Streams(view.Subscribed);
            }
        }

        Wake();
        Changed();
    }

    /// <summary>A session's link can be asked for past ticks, or says that it cannot; null when the link is gone.</summary>
    public void Offer(UserKey user, HistorySource? history)
    {
        lock (_gate)
        {
            _histories.Remove(user);
            if (history is not null)
            {
                _histories.Add(user, history);
            }
        }

        Changed();
    }

    /// <summary>Keeps what is streamed equal to what is wanted.</summary>
    public async Task RunAsync(ISessionGateway sessions, CancellationToken cancellation)
    {
        while (true)
        {
            await _work.Reader.ReadAsync(cancellation);
            var failed = false;
            foreach (var (user, symbols) in Differences())
            {
                failed |= !await StateAsync(sessions, user, symbols, cancellation);
            }

            if (failed)
            {
                await Task.Delay(RetryAfter, environment.Time, cancellation);
                Wake();
            }
        }
    }

    private List<(UserKey User, IReadOnlySet<SymbolName> Symbols)> Differences()
    {
        lock (_gate)
        {
            Choose();
            Serve();
            var differences = new List<(UserKey, IReadOnlySet<SymbolName>)>();
            if (_source is { } source && _sessions.TryGetValue(source, out var view))
            {
                var symbols = _wanted.Keys.Where(symbol => view.Offer.Find(symbol.Value) is not null).ToHashSet();
                if (!view.Subscribed.SetEquals(symbols))
                {
                    differences.Add((source, symbols));
                }
            }

            foreach (var former in _streaming.Where(user => user != _source))
            {
                differences.Add((former, new HashSet<SymbolName>()));
            }

            return differences;
        }
    }

    /// <summary>The configured session when it is live; else the one that serves already; else any live one. A source that
    /// broke down stays as long as there is no other: its own link will bring it back.</summary>
    private void Choose()
    {
        var chosen =
            IsLive(configured) ? configured
            : IsLive(_source) ? _source
            : _sessions.Values.Where(view => view.Live).Select(view => (UserKey?)view.User).Min(KeyOrder.Instance)
                ?? _source;
        if (chosen != _source)
        {
            _source = chosen;
            if (_recorder is { } recorder)
            {
                recorder.Source = chosen;
                recorder.Streams(chosen is { } user ? _sessions[user].Subscribed : []);
            }

            environment.Metrics.SourceChanges.Add(1);
            ActorLog.SourceChanged(environment.Logger, name, chosen?.Value ?? "nobody");
        }
    }

    private void Serve()
    {
        var unserved = _wanted.Count > 0 && !IsLive(_source);
        if (unserved && Serving.Waiting == 0)
        {
            Serving.Begin();
        }
        else if (!unserved && Serving.Waiting > 0)
        {
            Serving.End();
        }
    }

    private bool IsLive(UserKey? user) => user is { } key && _sessions.TryGetValue(key, out var view) && view.Live;

    private async Task<bool> StateAsync(
        ISessionGateway sessions,
        UserKey user,
        IReadOnlySet<SymbolName> symbols,
        CancellationToken cancellation
    )
    {
        var command = new SessionCommand.StreamSymbols(symbols) { At = environment.Time.GetUtcNow() };
        var outcome = await Stating.WatchAsync(
            new ValueTask<CommandOutcome>(sessions.SendAsync(user, command, cancellation))
        );
        if (outcome is CommandOutcome.Accepted or CommandOutcome.Unchanged)
        {
            return true;
        }

        ActorLog.FeedCommandFailed(environment.Logger, name, user.Value, outcome.ToString());
        return false;
    }

    private void Add(SymbolName symbol, int change)
    {
        var count = _wanted.GetValueOrDefault(symbol) + change;
        if (count > 0)
        {
            _wanted[symbol] = count;
        }
        else
        {
            _wanted.Remove(symbol);
        }
    }

    private void Wake() => _work.Writer.TryWrite(true);

    private sealed class KeyOrder : IComparer<UserKey?>
    {
        public static KeyOrder Instance { get; } = new();

        public int Compare(UserKey? x, UserKey? y) => string.CompareOrdinal(x?.Value, y?.Value);
    }
}

/// <summary>How a price feed stands.</summary>
/// <param name="Source">Whose session streams; null when none ever did.</param>
/// <param name="Live">That session's link stands.</param>
/// <param name="Symbols">How many symbols are wanted.</param>
/// <param name="LastTickAt">When a tick last came; null before the first.</param>
/// <param name="Fenced">Another process records this feed.</param>
public sealed record FeedStatus(UserKey? Source, bool Live, int Symbols, DateTimeOffset? LastTickAt, bool Fenced);
