using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Market;
using Trading.TestKit;

namespace Trading.Sandbox.Tests.Support;

/// <summary>The engine without any network: one account, prices set by hand, everything it tells kept in a list.</summary>
internal sealed class TradingFloor
{
    private readonly List<AccountEvent> _told = [];

    public TradingFloor(
        BrokerRules? rules = null,
        string currency = "USD",
        decimal balance = 10_000m,
        bool netted = false,
        uint leverageInCents = 10_000
    )
    {
        var catalog = new Catalog(alwaysOpen: true);
        Broker = new Broker(
            rules ?? new BrokerRules(),
            catalog.Assets,
            [.. catalog.Symbols.Select(s => new Symbol(s))],
            Clock,
            _told.Add
        );
        foreach (var symbol in Broker.Symbols)
        {
            var bid = Price.ToP5(symbol.Spec.StartPrice);
            symbol.Quote(bid, bid + symbol.Spec.PointP5, timeMs: 0);
        }

        Account = new Account
        {
            Id = 1,
            Login = 1,
            UserId = 1,
            Currency = Broker.FindAsset(currency),
            RegisteredAt = 0,
            Type = netted ? AccountType.Netted : AccountType.Hedged,
            Balance = Amounts.Minor(balance),
            LeverageInCents = leverageInCents,
        };
        Broker.Accounts.Add(1, Account);
        Quote("EURUSD", 1.10000m, 1.10010m);
    }

    public FakeClock Clock { get; } = new();
    public Broker Broker { get; }
    public Account Account { get; }

    /// <summary>What was told since the last look, oldest first.</summary>
    public IReadOnlyList<AccountEvent> Told()
    {
        AccountEvent[] told = [.. _told];
        _told.Clear();
        return told;
    }

    /// <summary>The steps told since the last look.</summary>
    public IReadOnlyList<Execution> Steps() => [.. Told().OfType<Execution>()];

    public Symbol Symbol(string name) => Broker.Symbols.Single(s => s.Spec.Name == name);

    public void Quote(string name, decimal bid, decimal ask)
    {
        var symbol = Symbol(name);
        symbol.Quote(Price.ToP5(bid), Price.ToP5(ask), Broker.Now);
        Broker.Watch.OnQuote(symbol);
    }

    public Refusal? Place(NewOrder order, string? id = "m1") => Broker.Orders.Place(Account, order, id);

    public NewOrder Order(OrderType type, TradeSide side, long volume, string symbol = "EURUSD") =>
        new(Symbol(symbol).Spec.Id, type, side, volume);

    public Position Buy(long volume, string symbol = "EURUSD", long? stop = null, long? profit = null)
    {
        var order = Order(OrderType.Market, TradeSide.Buy, volume, symbol) with
        {
            RelativeStopLoss = stop,
            RelativeTakeProfit = profit,
        };
        Place(order).Should().BeNull();
        return Account.OpenPositions.Last();
    }
}
