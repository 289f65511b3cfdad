namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Turns orders into deals: opens, adds to, reduces and closes positions.</summary>
internal sealed class FillDesk(Broker broker)
{
    /// <summary>Fills an order at the market, level by level when the book is thin. What the order's limits forbid stays open.</summary>
    public Order Sweep(Account account, Order order, long? worst, bool byServer)
    {
        var book = broker.Rules.BookSize ?? order.Remaining;
        var step = order.Symbol.Spec.PointP5 * (order.Side == TradeSide.Buy ? 1 : -1);
        for (var price = order.Symbol.Entry(order.Side); order.Remaining > 0; price += step)
        {
            if (worst is { } limit && (order.Side == TradeSide.Buy ? price > limit : price < limit))
            {
                break;
            }

            order = Fill(account, order, Math.Min(order.Remaining, book), Price.ToDecimal(price), byServer);
        }

        return order;
    }

    /// <summary>Executes one slice and tells about it.</summary>
    public Order Fill(Account account, Order order, long volume, decimal price, bool byServer)
    {
        var positionId = order.PositionId;
        if (account.Type == AccountType.Netted && !order.Closing && Net(account, order) is { } net)
        {
            if (net.Side != order.Side)
            {
                var part = Math.Min(volume, net.Volume);
                order = Close(account, order, net, part, price, byServer) with { PositionId = positionId };
                if (order.Remaining == 0)
                {
                    DropShell(account, positionId, net.Id);
                }
                else
                {
                    // What is left may open a position, which is the one that the order was given.
                    broker.Put(account, order);
                }

                return part == volume ? order : Open(account, order, volume - part, price, byServer);
            }

            DropShell(account, positionId, net.Id);
            order = order with { PositionId = net.Id };
        }

        return order.Closing
            ? Close(account, order, account.Positions[positionId], volume, price, byServer)
            : Open(account, order, volume, price, byServer);
    }

    public void CloseByForce(Account account, Position position)
    {
        var order = new Order
        {
            Id = broker.NextOrderId(),
            Symbol = position.Symbol,
            Side = Opposite(position.Side),
            Type = OrderType.Market,
            Volume = position.Volume,
            CreatedAt = broker.Now,
            UpdatedAt = broker.Now,
            PositionId = position.Id,
            TimeInForce = TimeInForce.ImmediateOrCancel,
            Closing = true,
            IsStopOut = true,
        };
        broker.Put(account, order);
        Tell(account, ExecutionType.OrderAccepted, position, order, deal: null, byServer: true);
        Fill(account, order, order.Volume, Price.ToDecimal(position.Symbol.Exit(position.Side)), byServer: true);
    }

    /// <summary>Volume of the opposite position that an order of a netted account closes before it opens anything.</summary>
    public static long NettedBy(Account account, Order order) =>
        account.Type == AccountType.Netted && Net(account, order) is { } net && net.Side != order.Side ? net.Volume : 0;

    public static TradeSide Opposite(TradeSide side) => side == TradeSide.Buy ? TradeSide.Sell : TradeSide.Buy;

    public void Tell(Account account, ExecutionType type, Position? position, Order order, Deal? deal, bool byServer) =>
        broker.Publish(
            new Execution(account, type)
            {
                Position = position,
                Order = order,
                Deal = deal,
                IsServerEvent = byServer,
                RequestId = byServer ? null : order.RequestId,
            }
        );

    private Order Open(Account account, Order order, long volume, decimal price, bool byServer)
    {
        var spec = order.Symbol.Spec;
        var position = account.Positions.GetValueOrDefault(order.PositionId) ?? Shell(order, broker.NextPositionId());
        var rate = broker.Conversion.Rate(spec.Base, account.Currency);
        var commission = Commission(account, spec, volume, price);
        var total = position.Volume + volume;
        var marginRate = Amounts.Average(position.MarginRate, position.Volume, rate, volume);
        position = position with
        {
            Status = PositionStatus.PositionStatusOpen,
            Volume = total,
            EntryPrice = Amounts.Average(position.EntryPrice, position.Volume, price, volume),
            Commission = position.Commission + commission,
            MarginRate = marginRate,
            UsedMargin = Amounts.Margin(total / 100m, marginRate, account.Leverage),
            OpenTime = position.Volume == 0 ? broker.Now : position.OpenTime,
            UpdatedAt = broker.Now,
        };
        order = Executed(order with { PositionId = position.Id }, volume, price);
        var deal = NewDeal(order, position, volume, price, rate, commission);
        broker.Put(account, position);
        broker.Put(account, order);
        account.Deals.Add(deal);
        Tell(account, StepOf(order), position, order, deal, byServer);
        return order;
    }

    private Order Close(Account account, Order order, Position position, long volume, decimal price, bool byServer)
    {
        var spec = order.Symbol.Spec;
        var rate = broker.Conversion.Rate(spec.Quote, account.Currency);
        var gross = Amounts.Gross(position.EntryPrice, price, volume / 100m, position.Direction, rate);
        var swap = Amounts.Share(position.Swap, volume, position.Volume);
        var opening = Amounts.Share(position.Commission, volume, position.Volume);
        var closing = Commission(account, spec, volume, price);
        var fee = spec.Quote == account.Currency ? 0 : Amounts.ConversionFee(gross, spec.PnlConversionFeeRate);
        account.Balance += gross + swap + opening + closing + fee;
        account.BalanceVersion++;

        order = Executed(order with { PositionId = position.Id }, volume, price);
        var marginRate = broker.Conversion.Rate(spec.Base, account.Currency);
        var deal = NewDeal(order, position, volume, price, marginRate, closing) with
        {
            Close = new CloseDetail(
                position.EntryPrice,
                gross,
                swap,
                opening + closing,
                fee,
                account.Balance,
                account.BalanceVersion,
                rate,
                volume
            ),
        };
        var left = Reduced(account, position, volume, swap, opening);
        broker.Put(account, left);
        broker.Put(account, order);
        Offset(account, deal);
        account.Deals.Add(deal);
        Tell(account, StepOf(order), left, order, deal, byServer);
        broker.Protection.FollowVolume(account, left, order);
        return order;
    }

    private Position Reduced(Account account, Position position, long volume, long swap, long commission)
    {
        var left = position.Volume - volume;
        var reduced = position with
        {
            Volume = left,
            Swap = position.Swap - swap,
            Commission = position.Commission - commission,
            UsedMargin = Amounts.Margin(left / 100m, position.MarginRate, account.Leverage),
            UpdatedAt = broker.Now,
        };
        return left > 0
            ? reduced
            : reduced with
            {
                Status = PositionStatus.PositionStatusClosed,
                EntryPrice = 0,
                ClosedAt = broker.Now,
            };
    }

    private Order Executed(Order order, long volume, decimal price)
    {
        var executed = order.ExecutedVolume + volume;
        var filled = executed == order.Volume;
        return order with
        {
            ExecutedVolume = executed,
            ExecutionPrice = Amounts.Average(order.ExecutionPrice ?? 0, order.ExecutedVolume, price, volume),
            Status = filled ? OrderStatus.OrderStatusFilled : OrderStatus.OrderStatusAccepted,
            UpdatedAt = broker.Now,
            ClosedAt = filled ? broker.Now : null,
        };
    }

    private static ExecutionType StepOf(Order order) =>
        order.Remaining == 0 ? ExecutionType.OrderFilled : ExecutionType.OrderPartialFill;

    private Deal NewDeal(
        Order order,
        Position position,
        long volume,
        decimal price,
        decimal marginRate,
        long commission
    ) =>
        new()
        {
            Id = broker.NextDealId(),
            OrderId = order.Id,
            PositionId = position.Id,
            Symbol = order.Symbol,
            Side = order.Side,
            Volume = order.Volume,
            FilledVolume = volume,
            CreatedAt = broker.Now,
            ExecutedAt = broker.Now,
            Price = price,
            Status = order.Remaining == 0 ? DealStatus.Filled : DealStatus.PartiallyFilled,
            MarginRate = marginRate,
            BaseToUsd = broker.Conversion.Rate(order.Symbol.Spec.Base, broker.Dollar),
            Commission = commission,
        };

    private long Commission(Account account, SymbolSpec spec, long volume, decimal price) =>
        Amounts.Commission(
            spec,
            volume,
            price,
            account.Currency,
            new CommissionRates(
                broker.Conversion.Rate(spec.Base, broker.Dollar),
                broker.Conversion.Rate(broker.Dollar, account.Currency),
                broker.Conversion.Rate(spec.Quote, account.Currency)
            )
        );

    /// <summary>First in, first out: which opening fills this closing fill used up.</summary>
    private static void Offset(Account account, Deal closing)
    {
        var open = closing.FilledVolume;
        foreach (var opening in account.Deals.Where(d => d.PositionId == closing.PositionId && d.Close is null))
        {
            var used = account.Offsets.Where(o => o.Opening == opening).Sum(o => o.Volume);
            var part = Math.Min(open, opening.FilledVolume - used);
            if (part > 0)
            {
                account.Offsets.Add(new DealOffset(opening, closing, part));
                open -= part;
            }
        }
    }

    private static Position? Net(Account account, Order order) =>
        account.OpenPositions.FirstOrDefault(p => p.Symbol == order.Symbol);

    private void DropShell(Account account, long shellId, long keptId)
    {
        if (shellId != keptId && account.Positions.GetValueOrDefault(shellId) is { Volume: 0 } shell)
        {
            broker.Put(account, shell with { Status = PositionStatus.PositionStatusClosed });
        }
    }

    private Position Shell(Order order, long id) =>
        new()
        {
            Id = id,
            Symbol = order.Symbol,
            Side = order.Side,
            OpenTime = broker.Now,
            Label = order.Label,
            Comment = order.Comment,
        };
}
