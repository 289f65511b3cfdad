using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Orders;

/// <summary>Every order as observed at the broker.</summary>
internal sealed class OrderProjection()
    : JournalProjection<OrderView>(
        OrderTable.Table,
        OrderAccepted.Descriptor,
        OrderAmended.Descriptor,
        OrderFilled.Descriptor,
        OrderCancelled.Descriptor,
        OrderExpired.Descriptor,
        OrderRejected.Descriptor
    )
{
    public override ReadModel Model => ReadModel.Orders;

    protected override RowKey? KeyOf(RecordedEvent recorded) =>
        recorded.DecodeForFold() switch
        {
            OrderAccepted accepted => recorded.KeyOf(accepted.AccountId, accepted.Order?.OrderId ?? ""),
            OrderAmended amended => recorded.KeyOf(amended.AccountId, amended.Order?.OrderId ?? ""),
            OrderFilled filled => recorded.KeyOf(filled.AccountId, filled.Order?.OrderId ?? ""),
            OrderCancelled cancelled => recorded.KeyOf(cancelled.AccountId, cancelled.Order?.OrderId ?? ""),
            OrderExpired expired => recorded.KeyOf(expired.AccountId, expired.Order?.OrderId ?? ""),
            // Refused before it had an id, it never became an order.
            OrderRejected rejected when IdOf(rejected).Length == 0 => null,
            OrderRejected rejected => recorded.KeyOf(rejected.AccountId, IdOf(rejected)),
            var other => throw new InvalidOperationException($"No rule for {other.Descriptor.Name}."),
        };

    protected override RowKey KeyOf(OrderView row) => new(row.User.Value, row.Account.Value, row.Id.Value);

    protected override OrderView? Apply(OrderView? row, RecordedEvent recorded) =>
        recorded.DecodeForFold() switch
        {
            OrderAccepted accepted => Stated(recorded, accepted.AccountId, accepted.Order, Open(accepted.Order)),
            OrderAmended amended => Stated(recorded, amended.AccountId, amended.Order, Open(amended.Order)),
            OrderFilled filled => Stated(
                recorded,
                filled.AccountId,
                filled.Order,
                filled.Complete ? OrderStatus.Filled : OrderStatus.PartiallyFilled
            ),
            OrderCancelled cancelled => Stated(recorded, cancelled.AccountId, cancelled.Order, OrderStatus.Cancelled),
            OrderExpired expired => Stated(recorded, expired.AccountId, expired.Order, OrderStatus.Expired),
            OrderRejected rejected => Rejected(row, recorded, rejected),
            var other => throw new InvalidOperationException($"No rule for {other.Descriptor.Name}."),
        };

    private static string IdOf(OrderRejected rejected) =>
        rejected.OrderId.Length > 0 ? rejected.OrderId : rejected.Order?.OrderId ?? "";

    private static OrderStatus Open(OrderDetails order) =>
        order.ExecutedVolume > 0 ? OrderStatus.PartiallyFilled : OrderStatus.Working;

    // A refused cancellation leaves the order as it was, and working.
    private static OrderView Rejected(OrderView? row, RecordedEvent recorded, OrderRejected rejected)
    {
        var order = rejected.Order is { } details
            ? Stated(recorded, rejected.AccountId, details, row?.Status ?? Open(details))
            : row
                ?? new()
                {
                    User = recorded.UserOf(),
                    Account = new(rejected.AccountId),
                    Id = new(IdOf(rejected)),
                    Stamp = default,
                };
        return order with
        {
            Status = rejected.Request == "cancel" ? order.Status : OrderStatus.Rejected,
            RefusalCode = rejected.Code,
            RefusalText = rejected.Description,
            Stamp = recorded.StampOf(),
        };
    }

    private static OrderView Stated(RecordedEvent recorded, string account, OrderDetails order, OrderStatus status) =>
        new()
        {
            User = recorded.UserOf(),
            Account = new(account),
            Id = new(order.OrderId),
            Status = status,
            SymbolId = order.SymbolId,
            Symbol = new(order.Symbol),
            Side = order.Side,
            Type = order.Type,
            Volume = order.Volume,
            ExecutedVolume = order.ExecutedVolume,
            LimitPrice = order.LimitPrice.ToNullableDecimal(),
            StopPrice = order.StopPrice.ToNullableDecimal(),
            ExecutionPrice = order.ExecutionPrice.ToNullableDecimal(),
            StopLoss = order.StopLoss.ToNullableDecimal(),
            TakeProfit = order.TakeProfit.ToNullableDecimal(),
            TimeInForce = order.TimeInForce,
            ExpiresAt = Columns.MomentOf(order.ExpiresAtMs),
            Position = order.PositionId.Length == 0 ? null : new PositionId(order.PositionId),
            Closing = order.Closing,
            ClientOrderId = order.ClientOrderId,
            Label = order.Label,
            Comment = order.Comment,
            CreatedAt = Columns.MomentOf(order.CreatedAtMs),
            Stamp = recorded.StampOf(),
        };
}
