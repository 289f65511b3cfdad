namespace Trading.Sandbox.CTrader.Engine;

/// <summary>What a new quote sets off: protections, trailing stops, waiting orders, forced closes.</summary>
internal sealed class QuoteWatch(Broker broker)
{
    private readonly List<Position> _positions = [];
    private readonly List<Order> _orders = [];

    /// <summary>Acts on the symbol's current quote. Costs next to nothing when nobody holds anything in the symbol.</summary>
    public void OnQuote(Symbol symbol)
    {
        for (var i = symbol.Watchers.Count - 1; i >= 0; i--)
        {
            // Acting can remove watchers, also others than the current one: never beyond the new end.
            if (i < symbol.Watchers.Count)
            {
                var account = symbol.Watchers[i];
                WatchPositions(account, symbol);
                WatchOrders(account, symbol);
                broker.Risk.Check(account);
            }
        }
    }

    /// <summary>Ends the orders whose time is over.</summary>
    public void ExpireDue()
    {
        var now = broker.Now;
        foreach (var account in broker.Accounts.Values)
        {
            if (account.Working.Count == 0)
            {
                continue;
            }

            foreach (var order in account.Working.Values.Where(o => o.ExpiresAt <= now).ToArray())
            {
                broker.Orders.End(
                    account,
                    order,
                    OrderStatus.OrderStatusExpired,
                    ExecutionType.OrderExpired,
                    byServer: true
                );
            }
        }
    }

    private void WatchPositions(Account account, Symbol symbol)
    {
        _positions.Clear();
        foreach (var position in account.Positions.Values)
        {
            if (position.Symbol == symbol && position.ProtectionOrderId is not null)
            {
                _positions.Add(position);
            }
        }

        foreach (var position in _positions)
        {
            var exit = symbol.Exit(position.Side);
            var trigger = Seen(symbol, position.StopTrigger, position.Side);
            if (position.StopLoss is { } stop && Beyond(trigger, stop, -position.Direction))
            {
                StopOut(account, position, position.GuaranteedStop ? stop : exit);
            }
            else if (position.TakeProfit is { } profit && Beyond(exit, profit, position.Direction))
            {
                broker.Protection.Hit(account, position, exit);
            }
            else if (position.StopHits > 0)
            {
                broker.Put(account, position with { StopHits = 0 });
            }
            else if (
                position.Trailing
                && (exit - position.StopLoss!.Value) * position.Direction > position.TrailingDistance
            )
            {
                broker.Protection.Trail(account, position);
            }
        }
    }

    private void StopOut(Account account, Position position, long price)
    {
        if (position.StopHits + 1 >= HitsNeeded(position.StopTrigger))
        {
            broker.Protection.Hit(account, position, price);
        }
        else
        {
            broker.Put(account, position with { StopHits = position.StopHits + 1 });
        }
    }

    private void WatchOrders(Account account, Symbol symbol)
    {
        _orders.Clear();
        foreach (var order in account.Working.Values)
        {
            if (
                order.Symbol == symbol
                && !order.IsProtection
                && order.Type is not (OrderType.Market or OrderType.MarketRange)
            )
            {
                _orders.Add(order);
            }
        }

        foreach (var order in _orders)
        {
            if (account.Working.ContainsKey(order.Id))
            {
                broker.Orders.TryExecute(account, order, byServer: true);
            }
        }
    }

    /// <summary>The quote a stop looks at: a position of this side is closed on it, or on the other one for the opposite methods.</summary>
    public static long Seen(Symbol symbol, TriggerMethod method, TradeSide positionSide) =>
        method is TriggerMethod.Opposite or TriggerMethod.DoubleOpposite
            ? symbol.Entry(positionSide)
            : symbol.Exit(positionSide);

    public static int HitsNeeded(TriggerMethod method) =>
        method is TriggerMethod.DoubleTrade or TriggerMethod.DoubleOpposite ? 2 : 1;

    public static bool Beyond(long price, long level, int direction) => (price - level) * direction >= 0;
}
