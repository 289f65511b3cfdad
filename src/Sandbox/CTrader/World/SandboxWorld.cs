using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Faults;
using Trading.Sandbox.CTrader.Market;
using Trading.Sandbox.CTrader.OAuth;
using Trading.Sandbox.CTrader.Protocol;

namespace Trading.Sandbox.CTrader.World;

/// <summary>Everything there is, behind one lock: broker, market, tokens, connections.</summary>
internal sealed class SandboxWorld
{
    private readonly Dictionary<long, Instrument> _instruments;
    private readonly Dictionary<string, Instrument> _byName;
    private readonly List<TapePlayer> _players = [];
    private readonly ILogger _logger;
    private long _lastConnectionId;

    public SandboxWorld(CTraderSandboxOptions options, Catalog catalog, IReadOnlyDictionary<string, TapeTrack> tapes)
    {
        Options = options;
        _logger = options.Logging.CreateLogger("Trading.Sandbox.CTrader");
        Tokens = new TokenStore(options.Seed, options.Time);
        Broker = new Broker(
            new BrokerRules
            {
                BookSize = options.BookSize,
                FillDelay = options.FillDelay,
                StopOutLevel = options.StopOutLevel,
                EnforceSchedules = options.EnforceSchedules,
            },
            catalog.Assets,
            [.. catalog.Symbols.Select(s => new Symbol(s))],
            options.Time,
            Deliver
        );
        var now = options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        _instruments = Broker
            .Symbols.Select(s => InstrumentFactory.Make(s, options.Seed, now, tapes.GetValueOrDefault(s.Spec.Name)))
            .ToDictionary(i => i.Symbol.Spec.Id);
        _byName = _instruments.Values.ToDictionary(i => i.Symbol.Spec.Name);
        Feed = new MarketFeed(Broker);
    }

    /// <summary>Held for every look at, and every change of, anything in here.</summary>
    public Lock Gate { get; } = new();
    public CTraderSandboxOptions Options { get; }
    public Broker Broker { get; }
    public MarketFeed Feed { get; }
    public TokenStore Tokens { get; }
    public FaultBox Faults { get; } = new();
    public List<Connection> Connections { get; } = [];
    public Dictionary<long, string> UserNames { get; } = [];
    public IEnumerable<Instrument> Instruments => _instruments.Values;

    /// <summary>Until when everything is refused, Unix milliseconds; 0 when the server works.</summary>
    public long MaintenanceEnds { get; set; }

    /// <summary>Starts a player on its own; set by the host.</summary>
    public Action<TapePlayer>? Play { get; set; }

    public Instrument? Find(long symbolId) => _instruments.GetValueOrDefault(symbolId);

    public Instrument? Find(string name) => _byName.GetValueOrDefault(name);

    public long NextConnectionId() => ++_lastConnectionId;

    /// <summary>Called when subscriptions have changed: starts tapes for the first time together, wakes those that waited.</summary>
    public void ListenersChanged(IReadOnlyList<Instrument> subscribed)
    {
        var starting = subscribed.Where(i => i.Tape is { Started: false }).ToArray();
        foreach (var instrument in starting)
        {
            instrument.Tape!.Started = true;
        }

        if (starting.Length > 0)
        {
            var tapes = new TapeSettings(Options.Speed, Options.PauseWithoutSubscribers);
            var player = new TapePlayer(starting, Feed, Gate, tapes, Options.Time, _logger);
            _players.Add(player);
            Play?.Invoke(player);
        }

        foreach (var player in _players)
        {
            player.Wake();
        }
    }

    /// <summary>Ends a consent's sessions everywhere: first the notice about the token, then one about each account.</summary>
    public void InvalidateSessions(Func<AccountSession, bool> which, string reason)
    {
        foreach (var connection in Connections.ToArray())
        {
            var hit = connection.Sessions.Values.Where(which).Select(s => s.Account.Id).ToArray();
            if (hit.Length > 0)
            {
                connection.SendTokenInvalidated(hit, reason);
                foreach (var accountId in hit)
                {
                    connection.EndSession(accountId);
                }
            }
        }
    }

    private void Deliver(AccountEvent @event)
    {
        foreach (var connection in Connections)
        {
            if (connection.Sessions.ContainsKey(@event.Account.Id))
            {
                connection.SendEvent(@event);
            }
        }
    }
}
