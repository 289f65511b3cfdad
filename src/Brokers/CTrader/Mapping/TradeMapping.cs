using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Mapping;

/// <summary>Orders, positions and deals in our words.</summary>
internal static class TradeMapping
{
    /// <summary>An order.</summary>
    public static OrderDetails ToDetails(this ProtoOAOrder order, SymbolDirectory symbols)
    {
        var trade = order.TradeData ?? new ProtoOATradeData();
        return new OrderDetails
        {
            OrderId = Id(order.OrderId),
            SymbolId = trade.SymbolId,
            Symbol = symbols.Get(trade.SymbolId).Value,
            Side = ToSide(trade.TradeSide),
            Type = WireNames.OrderType.Of((int)order.OrderType),
            Volume = trade.Volume,
            ExecutedVolume = order.ExecutedVolume,
            LimitPrice = BrokerNumber.Price(order.HasLimitPrice, order.LimitPrice),
            StopPrice = BrokerNumber.Price(order.HasStopPrice, order.StopPrice),
            ExecutionPrice = BrokerNumber.Price(order.HasExecutionPrice, order.ExecutionPrice),
            StopLoss = BrokerNumber.Price(order.HasStopLoss, order.StopLoss),
            TakeProfit = BrokerNumber.Price(order.HasTakeProfit, order.TakeProfit),
            TimeInForce = WireNames.TimeInForce.Of((int)order.TimeInForce),
            ExpiresAtMs = BrokerNumber.Milliseconds(order.ExpirationTimestamp),
            PositionId = Id(order.PositionId),
            Closing = order.ClosingOrder,
            StopOut = order.IsStopOut,
            ClientOrderId = order.ClientOrderId,
            Label = trade.Label,
            Comment = trade.Comment,
            CreatedAtMs = BrokerNumber.Milliseconds(trade.OpenTimestamp),
            UpdatedAtMs = BrokerNumber.Milliseconds(order.UtcLastUpdateTimestamp),
        };
    }

    /// <summary>A position.</summary>
    public static PositionDetails ToDetails(this ProtoOAPosition position, SymbolDirectory symbols)
    {
        var trade = position.TradeData ?? new ProtoOATradeData();
        return new PositionDetails
        {
            PositionId = Id(position.PositionId),
            SymbolId = trade.SymbolId,
            Symbol = symbols.Get(trade.SymbolId).Value,
            Side = ToSide(trade.TradeSide),
            Volume = position.PositionStatus == ProtoOAPositionStatus.PositionStatusOpen ? trade.Volume : 0,
            Price = BrokerNumber.Exact(position.Price),
            StopLoss = BrokerNumber.Price(position.HasStopLoss, position.StopLoss),
            TakeProfit = BrokerNumber.Price(position.HasTakeProfit, position.TakeProfit),
            Swap = position.Money(position.Swap),
            Commission = position.Money(position.Commission),
            UsedMargin = position.Money((long)position.UsedMargin),
            MarginRate = BrokerNumber.Exact(position.MarginRate),
            OpenedAtMs = BrokerNumber.Milliseconds(trade.OpenTimestamp),
            UpdatedAtMs = BrokerNumber.Milliseconds(position.UtcLastUpdateTimestamp),
            Label = trade.Label,
            Comment = trade.Comment,
            GuaranteedStopLoss = position.GuaranteedStopLoss,
            TrailingStopLoss = position.TrailingStopLoss,
        };
    }

    /// <summary>A position with its state.</summary>
    public static PositionReport ToReport(this ProtoOAPosition position, SymbolDirectory symbols)
    {
        var status = position.PositionStatus switch
        {
            ProtoOAPositionStatus.PositionStatusOpen => PositionStatus.Open,
            ProtoOAPositionStatus.PositionStatusClosed => PositionStatus.Closed,
            _ => PositionStatus.Shell,
        };
        var closedAt =
            status == PositionStatus.Closed
                ? BrokerNumber.Milliseconds((long)(position.TradeData?.CloseTimestamp ?? 0))
                : 0;
        return new PositionReport(status, position.ToDetails(symbols), closedAt);
    }

    /// <summary>A deal.</summary>
    public static DealExecuted ToExecuted(
        this ProtoOADeal deal,
        SymbolDirectory symbols,
        string accountId,
        bool recovered,
        BrokerMessage source
    ) =>
        new()
        {
            AccountId = accountId,
            DealId = Id(deal.DealId),
            OrderId = Id(deal.OrderId),
            PositionId = Id(deal.PositionId),
            SymbolId = deal.SymbolId,
            Symbol = symbols.Get(deal.SymbolId).Value,
            Side = ToSide(deal.TradeSide),
            Volume = deal.Volume,
            FilledVolume = deal.FilledVolume,
            Price = BrokerNumber.Exact(deal.ExecutionPrice),
            Commission = BrokerNumber.Money(deal.Commission, deal.HasMoneyDigits, deal.MoneyDigits),
            Status = WireNames.DealStatus.Of((int)deal.DealStatus),
            CreatedAtMs = BrokerNumber.Milliseconds(deal.CreateTimestamp),
            ExecutedAtMs = BrokerNumber.Milliseconds(deal.ExecutionTimestamp),
            Closed = deal.ClosePositionDetail?.ToClosedPart(),
            Recovered = recovered,
            Source = source,
        };

    /// <summary>An id of the broker; zero stands for none.</summary>
    public static string Id(long id) => id == 0 ? "" : id.ToString();

    private static ClosedPart ToClosedPart(this ProtoOAClosePositionDetail detail) =>
        new()
        {
            EntryPrice = BrokerNumber.Exact(detail.EntryPrice),
            GrossProfit = detail.Money(detail.GrossProfit),
            Swap = detail.Money(detail.Swap),
            Commission = detail.Money(detail.Commission),
            ConversionFee = detail.Money(detail.PnlConversionFee),
            Balance = detail.Money(detail.Balance),
            BalanceVersion = detail.BalanceVersion,
            ClosedVolume = detail.ClosedVolume,
        };

    private static DecimalValue Money(this ProtoOAClosePositionDetail detail, long value) =>
        BrokerNumber.Money(value, detail.HasMoneyDigits, detail.MoneyDigits);

    private static DecimalValue Money(this ProtoOAPosition position, long value) =>
        BrokerNumber.Money(value, position.HasMoneyDigits, position.MoneyDigits);

    private static Side ToSide(ProtoOATradeSide side) =>
        side switch
        {
            ProtoOATradeSide.Buy => Side.Buy,
            ProtoOATradeSide.Sell => Side.Sell,
            _ => Side.Unspecified,
        };
}
