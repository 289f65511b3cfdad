namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Stop loss, take profit and trailing of open positions, and the protective order that carries them.</summary>
internal sealed class ProtectionDesk(Broker broker)
{
    /// <summary>States the complete protection of a position; a level left out is removed.</summary>
    public Refusal? Amend(Account account, ProtectionChange change, string? requestId)
    {
        if (account.Positions.GetValueOrDefault(change.PositionId) is not { Volume: > 0 } position)
        {
            return Refusal.NoPosition(change.PositionId);
        }

        if ((OrderRules.RefuseAccess(account) ?? Refuse(position, change)) is { } refusal)
        {
            return refusal with { PositionId = position.Id };
        }

        var stop = change.StopLoss is { } loss ? Price.ToP5(loss) : (long?)null;
        var amended = position with
        {
            StopLoss = stop,
            TakeProfit = change.TakeProfit is { } profit ? Price.ToP5(profit) : null,
            Trailing = change.Trailing,
            TrailingDistance = change.Trailing ? Math.Abs(position.Symbol.Exit(position.Side) - stop!.Value) : 0,
            GuaranteedStop = change.GuaranteedStop,
            StopTrigger = change.Trigger,
            StopHits = 0,
            UpdatedAt = broker.Now,
        };
        Sync(account, amended, requestId, byServer: false);
        return null;
    }

    /// <summary>Puts the levels an order asked for on the position its fill made.</summary>
    public void Attach(Account account, Order order)
    {
        if (account.Positions.GetValueOrDefault(order.PositionId) is not { Volume: > 0 } position)
        {
            return;
        }

        var stop = order.StopLoss ?? Level(position, order.RelativeStopLoss, -1) ?? position.StopLoss;
        var profit = order.TakeProfit ?? Level(position, order.RelativeTakeProfit, 1) ?? position.TakeProfit;
        if (stop is null && profit is null)
        {
            return;
        }

        var trailing = (order.Trailing && stop is not null) || position.Trailing;
        var attached = position with
        {
            StopLoss = stop,
            TakeProfit = profit,
            Trailing = trailing,
            TrailingDistance = trailing ? Math.Abs(Price.ToP5(position.EntryPrice) - stop!.Value) : 0,
            GuaranteedStop = order.GuaranteedStop || position.GuaranteedStop,
        };
        Sync(account, attached, requestId: null, byServer: true);
    }

    /// <summary>After a closing fill: the protective order shrinks with its position, or goes with it.</summary>
    public void FollowVolume(Account account, Position position, Order filled)
    {
        if (position.Volume == 0)
        {
            foreach (var order in account.Working.Values.Where(o => o.PositionId == position.Id && o.Closing).ToArray())
            {
                if (order.Id != filled.Id)
                {
                    Cancel(account, position, order);
                }
            }
        }
        else if (position.ProtectionOrderId is not null)
        {
            Sync(account, position, requestId: null, byServer: true);
        }
    }

    /// <summary>Moves a trailing stop after the market; tells only by the event made for it.</summary>
    public void Trail(Account account, Position position)
    {
        var moved = position.Symbol.Exit(position.Side) - position.Direction * position.TrailingDistance;
        var protection = account.Working[position.ProtectionOrderId!.Value] with { StopPrice = moved };
        var trailed = position with { StopLoss = moved };
        broker.Put(account, protection);
        broker.Put(account, trailed);
        broker.Publish(new TrailingStopMoved(account, trailed, protection, broker.Now));
    }

    /// <summary>Closes a position by its protective order.</summary>
    public void Hit(Account account, Position position, long price)
    {
        var protection = account.Working[position.ProtectionOrderId!.Value];
        broker.Fills.Fill(account, protection, protection.Volume, Price.ToDecimal(price), byServer: true);
    }

    private void Sync(Account account, Position position, string? requestId, bool byServer)
    {
        var existing = position.ProtectionOrderId is { } id ? account.Working.GetValueOrDefault(id) : null;
        if (position.StopLoss is null && position.TakeProfit is null)
        {
            var bare = position with { ProtectionOrderId = null };
            broker.Put(account, bare);
            if (existing is not null)
            {
                Cancel(account, bare, existing, requestId, byServer);
            }

            return;
        }

        var order = (existing ?? NewOrder(position)) with
        {
            Volume = position.Volume,
            StopPrice = position.StopLoss,
            LimitPrice = position.TakeProfit,
            Trailing = position.Trailing,
            GuaranteedStop = position.GuaranteedStop,
            Trigger = position.StopTrigger,
            UpdatedAt = broker.Now,
            RequestId = requestId,
        };
        var guarded = position with { ProtectionOrderId = order.Id };
        broker.Put(account, guarded);
        broker.Put(account, order);
        var step = existing is null ? ExecutionType.OrderAccepted : ExecutionType.OrderReplaced;
        broker.Fills.Tell(account, step, guarded, order, deal: null, byServer);
    }

    private void Cancel(Account account, Position position, Order order, string? requestId = null, bool byServer = true)
    {
        var cancelled = order with
        {
            Status = OrderStatus.OrderStatusCancelled,
            UpdatedAt = broker.Now,
            ClosedAt = broker.Now,
            RequestId = requestId,
        };
        broker.Put(account, cancelled);
        broker.Fills.Tell(account, ExecutionType.OrderCancelled, position, cancelled, deal: null, byServer);
    }

    private Order NewOrder(Position position) =>
        new()
        {
            Id = broker.NextOrderId(),
            Symbol = position.Symbol,
            Side = FillDesk.Opposite(position.Side),
            Type = OrderType.StopLossTakeProfit,
            Volume = position.Volume,
            CreatedAt = broker.Now,
            PositionId = position.Id,
            Closing = true,
            Label = position.Label,
            Comment = position.Comment,
        };

    private static long? Level(Position position, long? distance, int sign) =>
        distance is { } p5
            ? Price.RoundToDigits(
                position.EntryPrice + sign * position.Direction * Price.ToDecimal(p5),
                position.Symbol.Spec.Digits
            )
            : null;

    private static Refusal? Refuse(Position position, ProtectionChange change)
    {
        var spec = position.Symbol.Spec;
        if (
            (
                OrderRules.RefuseProtectionDigits(spec, change.StopLoss)
                ?? OrderRules.RefuseProtectionDigits(spec, change.TakeProfit)
            ) is
            { } unfit
        )
        {
            return unfit;
        }

        if (change.Trailing && change.StopLoss is null)
        {
            return Refusal.Invalid("Can't set Trailing Stop Loss parameter without specified Stop Loss");
        }

        var exit = Price.ToDecimal(position.Symbol.Exit(position.Side));
        var quote = position.Side == TradeSide.Buy ? "BID" : "ASK";
        var (profitRule, stopRule) = position.Side == TradeSide.Buy ? (">=", "<=") : ("<=", ">=");
        if (change.TakeProfit is { } profit && (profit - exit) * position.Direction < 0)
        {
            return Wrong("TP", profitRule, profit);
        }

        return change.StopLoss is { } stop && (exit - stop) * position.Direction < 0
            ? Wrong("SL", stopRule, stop)
            : null;

        Refusal Wrong(string leg, string rule, decimal level) =>
            Refusal.BadStops(
                $"New {leg} for {(position.Side == TradeSide.Buy ? "BUY" : "SELL")} position should be {rule} current {quote} price. current {quote}: {exit}, {leg}: {level}"
            );
    }
}
