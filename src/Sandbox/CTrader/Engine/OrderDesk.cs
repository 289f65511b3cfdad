namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Takes, changes, cancels and executes orders.</summary>
internal sealed class OrderDesk(Broker broker)
{
    public Refusal? Place(Account account, NewOrder command, string? requestId)
    {
        var symbol = broker.FindSymbol(command.SymbolId);
        if (symbol is null)
        {
            return new Refusal("SYMBOL_NOT_FOUND", $"Symbol not found with id {command.SymbolId}");
        }

        if (OrderRules.Refuse(broker, account, symbol, command) is { } refusal)
        {
            return refusal;
        }

        var target = command.PositionId is { } id ? account.Positions.GetValueOrDefault(id) : null;
        var order = Accepted(account, symbol, command, target, requestId);
        var position = target ?? Shell(order);
        broker.Put(account, position);
        broker.Put(account, order);
        broker.Fills.Tell(account, ExecutionType.OrderAccepted, position, order, deal: null, byServer: false);
        if (order.Type is OrderType.Market or OrderType.MarketRange)
        {
            Soon(() => Execute(account, order.Id));
        }
        else
        {
            TryExecute(account, order, byServer: false);
        }

        return null;
    }

    public Refusal? Close(Account account, long positionId, long volume, string? requestId)
    {
        if (account.Positions.GetValueOrDefault(positionId) is not { Volume: > 0 } position)
        {
            return Refusal.NoPosition(positionId);
        }

        var refusal = OrderRules.RefuseClosing(broker, account, position, volume);
        if (refusal is not null)
        {
            return refusal with { PositionId = positionId };
        }

        var side = FillDesk.Opposite(position.Side);
        var order = new Order
        {
            Id = broker.NextOrderId(),
            Symbol = position.Symbol,
            Side = side,
            Type = OrderType.Market,
            Volume = volume,
            CreatedAt = broker.Now,
            UpdatedAt = broker.Now,
            PositionId = positionId,
            TimeInForce = TimeInForce.ImmediateOrCancel,
            Closing = true,
            Label = position.Label,
            Comment = position.Comment,
            RequestId = requestId,
        };
        broker.Put(account, order);
        broker.Fills.Tell(account, ExecutionType.OrderAccepted, position, order, deal: null, byServer: false);
        Soon(() => Execute(account, order.Id));
        return null;
    }

    public Refusal? Amend(Account account, OrderChange change, string? requestId)
    {
        if (account.Working.GetValueOrDefault(change.OrderId) is not { IsProtection: false } order)
        {
            return Refusal.NoOrder(change.OrderId);
        }

        if (OrderRules.Refuse(broker, account, order, change) is { } refusal)
        {
            return refusal with { OrderId = order.Id };
        }

        var amended = order with
        {
            Volume = change.Volume ?? order.Volume,
            LimitPrice = ToP5(change.LimitPrice) ?? order.LimitPrice,
            StopPrice = ToP5(change.StopPrice) ?? order.StopPrice,
            ExpiresAt = change.ExpiresAt ?? order.ExpiresAt,
            TimeInForce = change.ExpiresAt is null ? order.TimeInForce : TimeInForce.GoodTillDate,
            StopLoss = ToP5(change.StopLoss) ?? order.StopLoss,
            TakeProfit = ToP5(change.TakeProfit) ?? order.TakeProfit,
            RelativeStopLoss = change.RelativeStopLoss ?? order.RelativeStopLoss,
            RelativeTakeProfit = change.RelativeTakeProfit ?? order.RelativeTakeProfit,
            SlippageInPoints = change.SlippageInPoints ?? order.SlippageInPoints,
            Trailing = change.Trailing ?? order.Trailing,
            Trigger = change.Trigger ?? order.Trigger,
            TriggerHits = 0,
            RequestId = requestId,
            UpdatedAt = broker.Now,
        };
        broker.Put(account, amended);
        var position = account.Positions.GetValueOrDefault(order.PositionId);
        broker.Fills.Tell(account, ExecutionType.OrderReplaced, position, amended, deal: null, byServer: false);
        TryExecute(account, amended, byServer: true);
        return null;
    }

    public Refusal? Cancel(Account account, long orderId, string? requestId)
    {
        if (account.Working.GetValueOrDefault(orderId) is not { } order)
        {
            return Refusal.NoOrder(orderId);
        }

        if (OrderRules.RefuseAccess(account) is { } refusal)
        {
            return refusal with { OrderId = orderId };
        }

        if (order.IsProtection || order.Type == OrderType.Market)
        {
            return new Refusal("UNABLE_TO_CANCEL_ORDER", $"Order {orderId} can not be cancelled") { OrderId = orderId };
        }

        var cancelled = order with { RequestId = requestId };
        End(account, cancelled, OrderStatus.OrderStatusCancelled, ExecutionType.OrderCancelled, byServer: false);
        return null;
    }

    /// <summary>Ends a working order without (further) execution; its empty shell position goes with it.</summary>
    public void End(
        Account account,
        Order order,
        OrderStatus status,
        ExecutionType step,
        bool byServer,
        string? errorCode = null
    )
    {
        var ended = order with { Status = status, UpdatedAt = broker.Now, ClosedAt = broker.Now };
        broker.Put(account, ended);
        var position = account.Positions.GetValueOrDefault(order.PositionId);
        if (position is { Volume: 0 })
        {
            position = position with { Status = PositionStatus.PositionStatusClosed, ClosedAt = broker.Now };
            broker.Put(account, position);
        }

        broker.Publish(
            new Execution(account, step)
            {
                Order = ended,
                Position = position,
                ErrorCode = errorCode,
                IsServerEvent = byServer,
                RequestId = byServer ? null : order.RequestId,
            }
        );
    }

    /// <summary>Fills a waiting order as far as the current quote and the book allow.</summary>
    public void TryExecute(Account account, Order order, bool byServer)
    {
        if (!Touched(account, ref order))
        {
            EndUnfilled(account, order);
            return;
        }

        if (RefusedByAccount(account, order, byServer))
        {
            return;
        }

        // A stop order, once touched, takes the whole book; a limit takes what one quote offers.
        var whole = order.Type == OrderType.Stop;
        var available = whole ? order.Remaining : Math.Min(order.Remaining, broker.Rules.BookSize ?? order.Remaining);
        if (order.TimeInForce == TimeInForce.FillOrKill && available < order.Remaining)
        {
            End(account, order, OrderStatus.OrderStatusCancelled, ExecutionType.OrderCancelled, byServer: true);
            return;
        }

        var filled = whole
            ? broker.Fills.Sweep(account, order, worst: null, byServer)
            : broker.Fills.Fill(account, order, available, Price.ToDecimal(order.Symbol.Entry(order.Side)), byServer);
        Protect(account, filled);
        EndUnfilled(account, filled);
    }

    private void Execute(Account account, long orderId)
    {
        if (
            account.Working.GetValueOrDefault(orderId) is not { } order
            || RefusedByAccount(account, order, byServer: false)
        )
        {
            return;
        }

        var filled = broker.Fills.Sweep(account, order, Worst(order), byServer: false);
        if (filled.ExecutedVolume == 0)
        {
            End(
                account,
                filled,
                OrderStatus.OrderStatusRejected,
                ExecutionType.OrderRejected,
                byServer: false,
                "NO_QUOTES"
            );
            return;
        }

        if (filled.Remaining > 0)
        {
            End(account, filled, OrderStatus.OrderStatusCancelled, ExecutionType.OrderCancelled, byServer: false);
        }

        Protect(account, filled);
    }

    private void Protect(Account account, Order filled)
    {
        if (!filled.Closing)
        {
            broker.Protection.Attach(account, filled);
        }
    }

    /// <summary>What only shows at execution: the position is gone, or the money does not suffice.</summary>
    private bool RefusedByAccount(Account account, Order order, bool byServer)
    {
        var code = order.Closing ? RefusedClosing(account, order) : RefusedOpening(account, order);
        if (code is not null)
        {
            End(account, order, OrderStatus.OrderStatusRejected, ExecutionType.OrderRejected, byServer, code);
        }

        return code is not null;
    }

    private static string? RefusedClosing(Account account, Order order) =>
        account.Positions.GetValueOrDefault(order.PositionId) is not { } position ? "POSITION_NOT_FOUND"
        : position.Volume < order.Remaining ? "TRADING_BAD_VOLUME"
        : null;

    // What only makes a netted position smaller needs no margin.
    private string? RefusedOpening(Account account, Order order)
    {
        var opened = order.Remaining - FillDesk.NettedBy(account, order);
        return opened <= 0 || broker.Risk.CanOpen(account, order.Symbol, order.Side, opened)
            ? null
            : "NOT_ENOUGH_MONEY";
    }

    private bool Touched(Account account, ref Order order)
    {
        var direction = order.Side == TradeSide.Buy ? 1 : -1;
        if (order.Type is OrderType.Stop or OrderType.StopLimit && !order.Triggered)
        {
            // A buy stop watches the ask: the side on which a sell position would be closed.
            var seen = QuoteWatch.Seen(order.Symbol, order.Trigger, FillDesk.Opposite(order.Side));
            if (!QuoteWatch.Beyond(seen, order.StopPrice!.Value, direction))
            {
                if (order.TriggerHits > 0)
                {
                    order = order with { TriggerHits = 0 };
                    broker.Put(account, order);
                }

                return false;
            }

            var hits = order.TriggerHits + 1;
            order = order with { TriggerHits = hits, Triggered = hits >= QuoteWatch.HitsNeeded(order.Trigger) };
            broker.Put(account, order);
            if (!order.Triggered)
            {
                return false;
            }
        }

        return order.Type == OrderType.Stop
            || QuoteWatch.Beyond(order.Symbol.Entry(order.Side), Worst(order)!.Value, -direction);
    }

    private void EndUnfilled(Account account, Order order)
    {
        if (
            order.IsWorking
            && order.TimeInForce is TimeInForce.ImmediateOrCancel or TimeInForce.FillOrKill
            && order.Remaining > 0
        )
        {
            End(account, order, OrderStatus.OrderStatusCancelled, ExecutionType.OrderCancelled, byServer: true);
        }
    }

    /// <summary>The worst price an order accepts; null for any.</summary>
    private static long? Worst(Order order)
    {
        var direction = order.Side == TradeSide.Buy ? 1 : -1;
        var slippage = (order.SlippageInPoints ?? 0) * order.Symbol.Spec.PointP5 * direction;
        return order.Type switch
        {
            OrderType.Limit => order.LimitPrice,
            OrderType.StopLimit => order.LimitPrice ?? order.StopPrice + slippage,
            OrderType.MarketRange => order.BaseSlippagePrice + slippage,
            _ => null,
        };
    }

    private void Soon(Action execute)
    {
        if (broker.Rules.FillDelay > TimeSpan.Zero && broker.Later is { } later)
        {
            later(broker.Rules.FillDelay, execute);
        }
        else
        {
            execute();
        }
    }

    private Order Accepted(Account account, Symbol symbol, NewOrder command, Position? target, string? requestId) =>
        new()
        {
            Id = broker.NextOrderId(),
            Symbol = symbol,
            Side = command.Side,
            Type = command.Type,
            Volume = command.Volume,
            CreatedAt = broker.Now,
            UpdatedAt = broker.Now,
            PositionId = target?.Id ?? broker.NextPositionId(),
            TimeInForce = command.Type switch
            {
                OrderType.Market or OrderType.MarketRange => TimeInForce.ImmediateOrCancel,
                _ => command.TimeInForce ?? TimeInForce.GoodTillCancel,
            },
            ExpiresAt = command.TimeInForce == TimeInForce.GoodTillDate ? command.ExpiresAt : null,
            LimitPrice = ToP5(command.LimitPrice),
            StopPrice = ToP5(command.StopPrice),
            StopLoss = ToP5(command.StopLoss),
            TakeProfit = ToP5(command.TakeProfit),
            RelativeStopLoss = command.RelativeStopLoss,
            RelativeTakeProfit = command.RelativeTakeProfit,
            BaseSlippagePrice = ToP5(command.BaseSlippagePrice),
            SlippageInPoints = command.SlippageInPoints,
            Closing = target is { Volume: > 0 } && target.Side != command.Side && account.Type == AccountType.Hedged,
            Trailing = command.Trailing,
            GuaranteedStop = command.GuaranteedStop,
            Trigger = command.Trigger,
            ClientOrderId = command.ClientOrderId,
            Label = command.Label,
            Comment = command.Comment,
            RequestId = requestId,
        };

    private static Position Shell(Order order) =>
        new()
        {
            Id = order.PositionId,
            Symbol = order.Symbol,
            Side = order.Side,
            OpenTime = order.CreatedAt,
            UpdatedAt = order.CreatedAt,
            Label = order.Label,
            Comment = order.Comment,
        };

    private static long? ToP5(decimal? price) => price is { } value ? Price.ToP5(value) : null;
}
