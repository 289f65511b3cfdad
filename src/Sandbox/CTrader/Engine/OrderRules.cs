namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Everything for which the broker turns an order down before taking it, with the texts seen in recordings.</summary>
internal static class OrderRules
{
    public static Refusal? Refuse(Broker broker, Account account, Symbol symbol, NewOrder order) =>
        RefuseKinds(order)
        ?? RefuseTrading(broker, account, symbol, order)
        ?? RefuseVolume(symbol.Spec, order.Volume)
        ?? RefusePrices(symbol, order)
        ?? RefuseProtection(symbol, order)
        ?? RefuseTexts(order)
        ?? RefuseExpiry(broker, order.TimeInForce, order.ExpiresAt)
        ?? RefuseTarget(account, symbol, order)
        ?? RefuseExposure(broker, account, symbol, order);

    public static Refusal? Refuse(Broker broker, Account account, Order order, OrderChange change)
    {
        if (RefuseAccess(account, order.Closing) is { } barred)
        {
            return barred;
        }

        var spec = order.Symbol.Spec;
        if (change.Volume is { } volume)
        {
            if (RefuseVolume(spec, volume) is { } refusal)
            {
                return refusal;
            }

            if (volume <= order.ExecutedVolume)
            {
                return Refusal.BadVolume($"Volume {volume / 100m:F2} is not above what has been filled");
            }
        }

        return RefuseNoPrice(change.LimitPrice, change.StopPrice)
            ?? RefuseDigits(spec, change.LimitPrice)
            ?? RefuseDigits(spec, change.StopPrice)
            ?? RefuseProtectionDigits(spec, change.StopLoss)
            ?? RefuseProtectionDigits(spec, change.TakeProfit)
            ?? RefuseRelative(spec, change.RelativeStopLoss, "stop loss")
            ?? RefuseRelative(spec, change.RelativeTakeProfit, "take profit")
            ?? RefuseProtectionAfter(order, change)
            ?? (change.ExpiresAt is null ? null : RefuseExpiry(broker, TimeInForce.GoodTillDate, change.ExpiresAt));
    }

    /// <summary>What the owner may always do unless the account may not trade at all: cancel, protect.</summary>
    public static Refusal? RefuseAccess(Account account) => RefuseAccess(account, closing: true);

    public static Refusal? RefuseClosing(Broker broker, Account account, Position position, long volume)
    {
        if (RefuseAccess(account, closing: true) is { } refusal)
        {
            return refusal;
        }

        if (RefuseHours(broker, position.Symbol) is { } closed)
        {
            return closed;
        }

        var spec = position.Symbol.Spec;
        return volume > position.Volume
                ? Refusal.BadVolume($"Volume {volume / 100m:F2} is above the position's {position.Volume / 100m:F2}")
            : volume == position.Volume ? null
            : RefuseVolume(spec, volume);
    }

    private static Refusal? RefuseTrading(Broker broker, Account account, Symbol symbol, NewOrder order)
    {
        var closing =
            order.PositionId is { } id && account.Positions.TryGetValue(id, out var held) && held.Side != order.Side;
        if (RefuseAccess(account, closing) is { } refusal)
        {
            return refusal;
        }

        if (symbol.TradingMode != TradingMode.Enabled && !(closing && symbol.TradingMode == TradingMode.CloseOnlyMode))
        {
            return new Refusal("TRADING_DISABLED", $"Trading is disabled for {symbol.Spec.Name}");
        }

        if (symbol.Bid <= 0 || symbol.Ask <= 0)
        {
            return new Refusal("NO_QUOTES", $"There is no quote for {symbol.Spec.Name}");
        }

        return order.Type is OrderType.Market or OrderType.MarketRange ? RefuseHours(broker, symbol) : null;
    }

    private static Refusal? RefuseAccess(Account account, bool closing) =>
        account.AccessRights switch
        {
            AccessRights.FullAccess => null,
            AccessRights.CloseOnly when closing => null,
            AccessRights.CloseOnly => new Refusal("TRADING_DISABLED", "The account may only close positions"),
            _ => new Refusal("TRADING_NOT_ALLOWED", "The account may not trade"),
        };

    private static Refusal? RefuseHours(Broker broker, Symbol symbol) =>
        broker.Rules.EnforceSchedules && !TradingHours.IsOpen(symbol.Spec, broker.Now)
            ? new Refusal("MARKET_CLOSED", $"The market of {symbol.Spec.Name} is closed")
            : null;

    private static Refusal? RefuseVolume(SymbolSpec spec, long volume) =>
        volume < spec.MinVolume
            ? Refusal.BadVolume($"Order volume = {volume / 100m:F2} is smaller than minimum {spec.MinVolume / 100m:F2}")
        : volume > spec.MaxVolume
            ? Refusal.BadVolume($"Order volume = {volume / 100m:F2} is larger than maximum {spec.MaxVolume / 100m:F2}")
        : (volume - spec.MinVolume) % spec.StepVolume != 0
            ? Refusal.BadVolume($"Order volume = {volume / 100m:F2} is not a multiple of {spec.StepVolume / 100m:F2}")
        : null;

    private static Refusal? RefusePrices(Symbol symbol, NewOrder order)
    {
        var spec = symbol.Spec;
        var missing = order.Type switch
        {
            OrderType.Limit => order.LimitPrice is null,
            OrderType.Stop or OrderType.StopLimit => order.StopPrice is null,
            OrderType.MarketRange => order.BaseSlippagePrice is null || order.SlippageInPoints is null,
            OrderType.Market => false,
            _ => true,
        };
        if (missing)
        {
            return Refusal.Invalid(
                $"The order lacks the price its type asks for, or the type {order.Type} is not offered"
            );
        }

        decimal?[] prices = [order.LimitPrice, order.StopPrice, order.BaseSlippagePrice];
        return RefuseNoPrice(prices) ?? prices.Select(p => RefuseDigits(spec, p)).FirstOrDefault(r => r is not null);
    }

    private static Refusal? RefuseNoPrice(params ReadOnlySpan<decimal?> prices)
    {
        foreach (var price in prices)
        {
            if (price <= 0)
            {
                return new Refusal("TRADING_BAD_PRICES", "A price has to be above zero");
            }
        }

        return null;
    }

    // The protocol's numbers may be any: what has no name must not be taken for something that has.
    private static Refusal? RefuseKinds(NewOrder order) =>
        !Enum.IsDefined(order.Side) ? Refusal.Invalid($"Trade side {order.Side} is not known")
        : order.TimeInForce is { } time && !Enum.IsDefined(time) ? Refusal.Invalid($"Time in force {time} is not known")
        : !Enum.IsDefined(order.Trigger) ? Refusal.Invalid($"Trigger method {order.Trigger} is not known")
        : null;

    private static Refusal? RefuseProtection(Symbol symbol, NewOrder order)
    {
        var pending = order.Type is OrderType.Limit or OrderType.Stop or OrderType.StopLimit;
        if (!pending && (order.StopLoss is not null || order.TakeProfit is not null))
        {
            return Refusal.Invalid(
                "SL/TP in absolute values are allowed only for order types: [LIMIT, STOP, STOP_LIMIT]"
            );
        }

        var spec = symbol.Spec;
        return RefuseProtectionDigits(spec, order.StopLoss)
            ?? RefuseProtectionDigits(spec, order.TakeProfit)
            ?? RefuseRelative(spec, order.RelativeStopLoss, "stop loss")
            ?? RefuseRelative(spec, order.RelativeTakeProfit, "take profit")
            ?? RefuseTrailing(order.Trailing, order.StopLoss is not null || order.RelativeStopLoss is not null)
            ?? RefuseSides(order.Side, order.LimitPrice ?? order.StopPrice, order.StopLoss, order.TakeProfit);
    }

    /// <summary>The protection as it would be after the change, beside the price as it would be.</summary>
    private static Refusal? RefuseProtectionAfter(Order order, OrderChange change)
    {
        var stop = change.StopLoss ?? ToDecimal(order.StopLoss);
        var relative = change.RelativeStopLoss ?? order.RelativeStopLoss;
        var limit = change.LimitPrice ?? ToDecimal(order.LimitPrice);
        return RefuseTrailing(change.Trailing ?? order.Trailing, stop is not null || relative is not null)
            ?? RefuseSides(
                order.Side,
                limit ?? change.StopPrice ?? ToDecimal(order.StopPrice),
                stop,
                change.TakeProfit ?? ToDecimal(order.TakeProfit)
            );

        static decimal? ToDecimal(long? p5) => p5 is { } price ? Price.ToDecimal(price) : null;
    }

    private static Refusal? RefuseTrailing(bool trailing, bool hasStop) =>
        trailing && !hasStop
            ? Refusal.Invalid("Can't set Trailing Stop Loss parameter without specified Stop Loss")
            : null;

    private static Refusal? RefuseSides(TradeSide side, decimal? entry, decimal? stop, decimal? profit)
    {
        var direction = side == TradeSide.Buy ? 1 : -1;
        return (entry - stop) * direction < 0 ? Refusal.BadStops("SL is on the wrong side of the order's price")
            : (profit - entry) * direction < 0 ? Refusal.BadStops("TP is on the wrong side of the order's price")
            : null;
    }

    private static Refusal? RefuseTexts(NewOrder order) =>
        order.Comment?.Length > 512 ? Refusal.Invalid("The comment is longer than 512 characters")
        : order.Label?.Length > 100 ? Refusal.Invalid("The label is longer than 100 characters")
        : order.ClientOrderId?.Length > 50 ? Refusal.Invalid("The clientOrderId is longer than 50 characters")
        : null;

    private static Refusal? RefuseExpiry(Broker broker, TimeInForce? inForce, long? expiresAt) =>
        inForce == TimeInForce.GoodTillDate && !(expiresAt > broker.Now)
            ? new Refusal("TRADING_BAD_EXPIRATION_DATE", "The expiration is missing or in the past")
            : null;

    private static Refusal? RefuseTarget(Account account, Symbol symbol, NewOrder order)
    {
        if (order.PositionId is not { } id)
        {
            return null;
        }

        if (account.Positions.GetValueOrDefault(id) is not { Volume: > 0 } position || position.Symbol != symbol)
        {
            return Refusal.NoPosition(id);
        }

        return position.Side != order.Side && order.Volume > position.Volume
            ? Refusal.BadVolume($"Volume {order.Volume / 100m:F2} is above the position's {position.Volume / 100m:F2}")
            : null;
    }

    private static Refusal? RefuseExposure(Broker broker, Account account, Symbol symbol, NewOrder order)
    {
        if (account.Positions.Count + account.Working.Count >= broker.Rules.MaxOpenItems)
        {
            return new Refusal("TOO_MANY_POSITIONS", $"No more than {broker.Rules.MaxOpenItems} positions and orders");
        }

        var exposure = account.OpenPositions.Where(p => p.Symbol == symbol && p.Side == order.Side).Sum(p => p.Volume);
        return exposure + order.Volume > symbol.Spec.MaxExposure
            ? new Refusal("MAX_EXPOSURE_REACHED", $"The exposure in {symbol.Spec.Name} is limited")
            : null;
    }

    private static Refusal? RefuseDigits(SymbolSpec spec, decimal? price) =>
        price is { } value && !Price.Fits(value, spec.Digits)
            ? Refusal.Invalid($"Order price = {value} has more digits than symbol allows. Allowed {spec.Digits} digits")
            : null;

    /// <summary>A level of protection that is no price, or is finer than the symbol.</summary>
    public static Refusal? RefuseProtectionDigits(SymbolSpec spec, decimal? price) =>
        price <= 0 ? Refusal.BadStops("A level of protection has to be above zero")
        : price is { } value && !Price.Fits(value, spec.Digits)
            ? Refusal.Invalid(
                $"Order protection = {value} has more digits than symbol allows. Allowed {spec.Digits} digits"
            )
        : null;

    private static Refusal? RefuseRelative(SymbolSpec spec, long? distance, string leg) =>
        distance is { } p5 && (p5 <= 0 || p5 % spec.PointP5 != 0)
            ? Refusal.Invalid($"Relative {leg} has invalid precision")
            : null;
}
