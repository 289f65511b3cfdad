using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Turns what the engine holds into the broker's messages.</summary>
internal static class TradeMessages
{
    // The real server sends a field the published schema does not know.
    private static readonly byte[] s_unknownOfDeal = [0x9A, 0x01, 0x00];

    public static double ToDouble(long p5) => (double)Price.ToDecimal(p5);

    public static IMessage Of(AccountEvent @event) =>
        @event switch
        {
            Execution e => Of(e),
            TrailingStopMoved t => new ProtoOATrailingSLChangedEvent
            {
                CtidTraderAccountId = t.Account.Id,
                PositionId = t.Position.Id,
                OrderId = t.Protection.Id,
                StopPrice = ToDouble(t.Position.StopLoss!.Value),
                UtcLastUpdateTimestamp = t.Time,
            },
            MarginChanged m => new ProtoOAMarginChangedEvent
            {
                CtidTraderAccountId = m.Account.Id,
                PositionId = (ulong)m.Position.Id,
                UsedMargin = (ulong)m.Position.UsedMargin,
                MoneyDigits = Amounts.MoneyDigits,
            },
            TraderUpdated u => new ProtoOATraderUpdatedEvent
            {
                CtidTraderAccountId = u.Account.Id,
                Trader = AccountMessages.Of(u.Account),
            },
            MarginCallUpdated c => new ProtoOAMarginCallUpdateEvent
            {
                CtidTraderAccountId = c.Account.Id,
                MarginCall = AccountMessages.Of(c.Type, c.Level),
            },
            MarginCallTriggered c => new ProtoOAMarginCallTriggerEvent
            {
                CtidTraderAccountId = c.Account.Id,
                MarginCall = AccountMessages.Of(c.Type, c.Level),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(@event), @event, "an event without a message"),
        };

    public static PayloadType TypeOf(AccountEvent @event) =>
        @event switch
        {
            Execution => PayloadType.ProtoOaExecutionEvent,
            TrailingStopMoved => PayloadType.ProtoOaTrailingSlChangedEvent,
            MarginChanged => PayloadType.ProtoOaMarginChangedEvent,
            TraderUpdated => PayloadType.ProtoOaTraderUpdateEvent,
            MarginCallUpdated => PayloadType.ProtoOaMarginCallUpdateEvent,
            MarginCallTriggered => PayloadType.ProtoOaMarginCallTriggerEvent,
            _ => throw new ArgumentOutOfRangeException(nameof(@event), @event, "an event without a message"),
        };

    public static ProtoOAPosition Of(Position p)
    {
        var message = new ProtoOAPosition
        {
            PositionId = p.Id,
            TradeData = new ProtoOATradeData
            {
                SymbolId = p.Symbol.Spec.Id,
                Volume = p.Volume,
                TradeSide = p.Side,
                OpenTimestamp = p.OpenTime,
                GuaranteedStopLoss = p.GuaranteedStop,
            },
            PositionStatus = p.Status,
            Swap = p.Swap,
            Price = (double)p.EntryPrice,
            UtcLastUpdateTimestamp = p.UpdatedAt,
            Commission = p.Commission,
            MarginRate = (double)p.MarginRate,
            MirroringCommission = 0,
            GuaranteedStopLoss = p.GuaranteedStop,
            UsedMargin = (ulong)p.UsedMargin,
            StopLossTriggerMethod = p.StopTrigger,
            MoneyDigits = Amounts.MoneyDigits,
            TrailingStopLoss = p.Trailing,
        };
        Describe(message.TradeData, p.Symbol, p.Label, p.Comment, p.ClosedAt);
        if (p.StopLoss is { } stop)
        {
            message.StopLoss = ToDouble(stop);
        }

        if (p.TakeProfit is { } profit)
        {
            message.TakeProfit = ToDouble(profit);
        }

        return message;
    }

    public static ProtoOAOrder Of(Order o)
    {
        var message = new ProtoOAOrder
        {
            OrderId = o.Id,
            TradeData = new ProtoOATradeData
            {
                SymbolId = o.Symbol.Spec.Id,
                Volume = o.Volume,
                TradeSide = o.Side,
                OpenTimestamp = o.CreatedAt,
            },
            OrderType = o.Type,
            OrderStatus = o.Status,
            ExecutedVolume = o.ExecutedVolume,
            UtcLastUpdateTimestamp = o.UpdatedAt,
            ClosingOrder = o.Closing,
            TimeInForce = o.TimeInForce,
            PositionId = o.PositionId,
            IsStopOut = o.IsStopOut,
            TrailingStopLoss = o.Trailing,
            StopTriggerMethod = o.Trigger,
        };
        Describe(message.TradeData, o.Symbol, o.Label, o.Comment, o.ClosedAt);
        Set(o.ExpiresAt, v => message.ExpirationTimestamp = v);
        Set(o.LimitPrice, v => message.LimitPrice = ToDouble(v));
        Set(o.StopPrice, v => message.StopPrice = ToDouble(v));
        Set(o.StopLoss, v => message.StopLoss = ToDouble(v));
        Set(o.TakeProfit, v => message.TakeProfit = ToDouble(v));
        Set(o.RelativeStopLoss, v => message.RelativeStopLoss = v);
        Set(o.RelativeTakeProfit, v => message.RelativeTakeProfit = v);
        Set(o.BaseSlippagePrice, v => message.BaseSlippagePrice = ToDouble(v));
        Set(o.SlippageInPoints, v => message.SlippageInPoints = v);
        if (o.ExecutionPrice is { } price)
        {
            message.ExecutionPrice = (double)price;
        }

        if (o.ClientOrderId is not null)
        {
            message.ClientOrderId = o.ClientOrderId;
        }

        return message;
    }

    public static ProtoOADeal Of(Deal d)
    {
        var message = new ProtoOADeal
        {
            DealId = d.Id,
            OrderId = d.OrderId,
            PositionId = d.PositionId,
            Volume = d.Volume,
            FilledVolume = d.FilledVolume,
            SymbolId = d.Symbol.Spec.Id,
            CreateTimestamp = d.CreatedAt,
            ExecutionTimestamp = d.ExecutedAt,
            UtcLastUpdateTimestamp = d.ExecutedAt,
            ExecutionPrice = (double)d.Price,
            TradeSide = d.Side,
            DealStatus = d.Status,
            MarginRate = (double)d.MarginRate,
            Commission = d.Commission,
            BaseToUsdConversionRate = (double)d.BaseToUsd,
            MoneyDigits = Amounts.MoneyDigits,
        };
        if (d.Close is { } close)
        {
            message.ClosePositionDetail = new ProtoOAClosePositionDetail
            {
                EntryPrice = (double)close.EntryPrice,
                GrossProfit = close.GrossProfit,
                Swap = close.Swap,
                Commission = close.Commission,
                Balance = close.Balance,
                QuoteToDepositConversionRate = (double)close.QuoteToDeposit,
                ClosedVolume = close.ClosedVolume,
                BalanceVersion = close.BalanceVersion,
                MoneyDigits = Amounts.MoneyDigits,
                PnlConversionFee = close.ConversionFee,
            };
        }

        message.MergeFrom(s_unknownOfDeal);
        return message;
    }

    public static ProtoOADepositWithdraw Of(CashFlow c)
    {
        var message = new ProtoOADepositWithdraw
        {
            OperationType = c.Kind,
            BalanceHistoryId = c.Id,
            Balance = c.Balance,
            Delta = c.Delta,
            ChangeBalanceTimestamp = c.Time,
            BalanceVersion = c.BalanceVersion,
            Equity = c.Equity,
            MoneyDigits = Amounts.MoneyDigits,
        };
        if (c.Note is not null)
        {
            message.ExternalNote = c.Note;
        }

        return message;
    }

    private static ProtoOAExecutionEvent Of(Execution e)
    {
        var message = new ProtoOAExecutionEvent
        {
            CtidTraderAccountId = e.Account.Id,
            ExecutionType = e.Type,
            IsServerEvent = e.IsServerEvent,
        };
        if (e.Position is not null)
        {
            message.Position = Of(e.Position);
        }

        if (e.Order is not null)
        {
            message.Order = Of(e.Order);
        }

        if (e.Deal is not null)
        {
            message.Deal = Of(e.Deal);
        }

        if (e.CashFlow is not null)
        {
            message.DepositWithdraw = Of(e.CashFlow);
        }

        if (e.ErrorCode is not null)
        {
            message.ErrorCode = e.ErrorCode;
        }

        return message;
    }

    private static void Describe(ProtoOATradeData data, Symbol symbol, string? label, string? comment, long? closedAt)
    {
        data.Label = label ?? "";
        data.Comment = comment ?? "";
        if (symbol.Spec.MeasurementUnits is { } units)
        {
            data.MeasurementUnits = units;
        }

        if (closedAt is { } closed)
        {
            data.CloseTimestamp = (ulong)closed;
        }
    }

    private static void Set<T>(T? value, Action<T> set)
        where T : struct
    {
        if (value is { } given)
        {
            set(given);
        }
    }
}
