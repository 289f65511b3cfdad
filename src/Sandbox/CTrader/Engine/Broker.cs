namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Rules of the house that are the same for every account.</summary>
internal sealed record BrokerRules
{
    /// <summary>Volume that each quote can fill; null fills everything at once.</summary>
    public long? BookSize { get; init; }

    /// <summary>Time between the acceptance and the fill of a market order.</summary>
    public TimeSpan FillDelay { get; init; }

    /// <summary>Margin level in percent at which positions are closed by force.</summary>
    public decimal StopOutLevel { get; init; } = 50m;
    public int MaxOpenItems { get; init; } = 2_000;

    /// <summary>Whether the published trading hours also refuse orders.</summary>
    public bool EnforceSchedules { get; init; }
}

/// <summary>
/// The trade server without any network: accounts, symbols, and the desks that change them. Deterministic: the same
/// commands and quotes at the same times give the same ids, fills and money. Not thread-safe; its owner holds a lock.
/// </summary>
internal sealed class Broker
{
    private readonly Dictionary<long, Symbol> _symbols;
    private readonly Dictionary<string, Asset> _assets;
    private readonly Action<AccountEvent> _publish;
    private readonly TimeProvider _time;
    private long _lastOrderId = 30_000_000;
    private long _lastPositionId = 20_000_000;
    private long _lastDealId = 40_000_000;
    private long _lastCashFlowId = 50_000_000;

    public Broker(
        BrokerRules rules,
        IReadOnlyList<Asset> assets,
        IReadOnlyList<Symbol> symbols,
        TimeProvider time,
        Action<AccountEvent> publish
    )
    {
        Rules = rules;
        Assets = assets;
        Symbols = symbols;
        _assets = assets.ToDictionary(a => a.Name);
        _symbols = symbols.ToDictionary(s => s.Spec.Id);
        _time = time;
        _publish = publish;
        Conversion = new Conversion(symbols);
        Risk = new RiskDesk(this);
        Fills = new FillDesk(this);
        Protection = new ProtectionDesk(this);
        Orders = new OrderDesk(this);
        Watch = new QuoteWatch(this);
        Treasury = new Treasury(this);
    }

    public BrokerRules Rules { get; }
    public IReadOnlyList<Asset> Assets { get; }
    public IReadOnlyList<Symbol> Symbols { get; }
    public Dictionary<long, Account> Accounts { get; } = [];
    public Conversion Conversion { get; }
    public RiskDesk Risk { get; }
    public FillDesk Fills { get; }
    public ProtectionDesk Protection { get; }
    public OrderDesk Orders { get; }
    public QuoteWatch Watch { get; }
    public Treasury Treasury { get; }

    /// <summary>Runs something later, under the owner's lock; set when fills are delayed.</summary>
    public Action<TimeSpan, Action>? Later { get; set; }

    /// <summary>Unix milliseconds.</summary>
    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public Asset Dollar => _assets["USD"];

    public Symbol? FindSymbol(long id) => _symbols.GetValueOrDefault(id);

    public Asset FindAsset(string name) => _assets[name];

    public long NextOrderId() => ++_lastOrderId;

    public long NextPositionId() => ++_lastPositionId;

    public long NextDealId() => ++_lastDealId;

    public long NextCashFlowId() => ++_lastCashFlowId;

    public void Publish(AccountEvent @event) => _publish(@event);

    /// <summary>Stores the order's latest state and keeps the list of working ones true.</summary>
    public void Put(Account account, Order order)
    {
        account.Orders[order.Id] = order;
        if (order.IsWorking)
        {
            account.Working[order.Id] = order;
        }
        else
        {
            account.Working.Remove(order.Id);
        }

        Rewatch(account, order.Symbol);
    }

    /// <summary>Stores the position's latest state; a closed one leaves the account.</summary>
    public void Put(Account account, Position position)
    {
        if (position.Status == PositionStatus.PositionStatusClosed)
        {
            account.Positions.Remove(position.Id);
        }
        else
        {
            account.Positions[position.Id] = position;
        }

        Rewatch(account, position.Symbol);
    }

    private static void Rewatch(Account account, Symbol symbol)
    {
        var held =
            account.Working.Values.Any(o => o.Symbol == symbol)
            || account.Positions.Values.Any(p => p.Symbol == symbol);
        if (!held)
        {
            symbol.Watchers.Remove(account);
        }
        else if (!symbol.Watchers.Contains(account))
        {
            symbol.Watchers.Add(account);
        }
    }
}
