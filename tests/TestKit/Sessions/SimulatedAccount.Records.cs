using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.TestKit.Sessions;

/// <summary>How the broker puts what it records.</summary>
public sealed partial class SimulatedAccount
{
    private DealExecuted Deal(OrderDetails order, long volume, decimal price)
    {
        var deal = new DealExecuted
        {
            AccountId = accountId,
            DealId = NextId(),
            OrderId = order.OrderId,
            PositionId = order.PositionId,
            SymbolId = order.SymbolId,
            Symbol = order.Symbol,
            Side = order.Side,
            Volume = volume,
            FilledVolume = volume,
            Price = price.ToEvent(),
            Commission = 0m.ToEvent(),
            Status = "filled",
            CreatedAtMs = NowMs,
            ExecutedAtMs = NowMs,
            Source = Source("ProtoOADeal"),
        };
        Deals.Add(deal);
        return deal;
    }

    private OrderDetails Order(string type, Side side, long volume, long symbolId, string positionId) =>
        new()
        {
            OrderId = NextId(),
            SymbolId = symbolId,
            Symbol = NameOf(symbolId),
            Side = side,
            Type = type,
            Volume = volume,
            PositionId = positionId,
            CreatedAtMs = NowMs,
            UpdatedAtMs = NowMs,
            TimeInForce = type == "market" ? "immediate_or_cancel" : "good_till_cancel",
        };

    private PositionDetails Position(string id, long symbolId, Side side, long volume, decimal price) =>
        new()
        {
            PositionId = id,
            SymbolId = symbolId,
            Symbol = NameOf(symbolId),
            Side = side,
            Volume = volume,
            Price = price.ToEvent(),
            Swap = 0m.ToEvent(),
            Commission = 0m.ToEvent(),
            UsedMargin = 0m.ToEvent(),
            OpenedAtMs = NowMs,
            UpdatedAtMs = NowMs,
        };

    private BrokerReport.OrderStep Step(
        OrderStepKind kind,
        OrderDetails order,
        PositionReport? position,
        DealExecuted? deal
    )
    {
        var ends = kind is not (OrderStepKind.Accepted or OrderStepKind.Amended or OrderStepKind.PartiallyFilled);
        _pastOrders[order.OrderId] = new(order.Clone(), ends ? kind : OrderStepKind.Accepted, Source("ProtoOAOrder"));
        return new(kind, order.Clone(), position, deal, "", Source("ProtoOAExecutionEvent")) { At = Now };
    }

    private OrderDetails Touch(OrderDetails order)
    {
        var touched = order.Clone();
        touched.UpdatedAtMs = NowMs;
        return touched;
    }

    private PositionDetails Touch(PositionDetails position)
    {
        var touched = position.Clone();
        touched.UpdatedAtMs = NowMs;
        return touched;
    }

    private static PositionReport Report(PositionDetails position) => new(PositionStatus.Open, position.Clone(), 0);

    private string NameOf(long symbolId) => Symbols.Symbols.First(symbol => symbol.SymbolId == symbolId).Name;

    private static Side Opposite(Side side) => side == Side.Sell ? Side.Buy : Side.Sell;

    private string NextId() => (++_ids).ToString();

    private void Tick() => NowMs += 7;
}
