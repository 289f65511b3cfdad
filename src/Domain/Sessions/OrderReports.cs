using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>What reports say about orders. One message tells of an order, a deal and a position at once; each part is judged
/// by itself, and all are recorded together.</summary>
internal static class OrderReports
{
    /// <summary>The request that was refused: an order, or a change of one.</summary>
    public const string RefusedOrder = "order";

    /// <summary>The request that was refused: a cancellation.</summary>
    public const string RefusedCancel = "cancel";

    /// <summary>A step in the life of an order.</summary>
    public static void Step(Changes changes, BrokerReport.OrderStep step)
    {
        if (step.Deal is { } foreign && foreign.AccountId != changes.Book.Account.Value)
        {
            return;
        }

        if (step.Order is { } order)
        {
            Order(changes, step, order);
        }

        if (step.Deal is { } deal)
        {
            MoneyReports.Deal(changes, deal, recovered: false);
        }

        if (step.Position is { } position)
        {
            PositionReports.Observe(changes, position, step.Source);
        }
    }

    /// <summary>A trading request was refused before there was an order.</summary>
    public static void Refused(Changes changes, BrokerReport.OrderRefused refused) =>
        Reject(
            changes,
            new()
            {
                AccountId = changes.Book.Account.Value,
                OrderId = refused.OrderId,
                Code = refused.Code,
                Description = refused.Description,
                Request = RefusedOrder,
                Source = refused.Source,
            }
        );

    private static void Order(Changes changes, BrokerReport.OrderStep step, OrderDetails order)
    {
        var kind = step.Kind;
        if (changes.Book.Orders.TryGetValue(order.OrderId, out var known))
        {
            if (order.UpdatedAtMs < known.UpdatedAtMs || order.ExecutedVolume < known.ExecutedVolume)
            {
                return;
            }

            // An acceptance of an order that already works tells of a change, or of nothing.
            kind = kind == OrderStepKind.Accepted ? OrderStepKind.Amended : kind;
            if (
                (kind == OrderStepKind.Amended && Same(known, order))
                || (kind == OrderStepKind.PartiallyFilled && order.ExecutedVolume == known.ExecutedVolume)
            )
            {
                return;
            }
        }

        if (OrderTransitions.Next(changes.Book.StatusOf(order.OrderId), kind) is not null)
        {
            Record(changes, kind, step, order);
        }
    }

    private static void Record(Changes changes, OrderStepKind kind, BrokerReport.OrderStep step, OrderDetails order)
    {
        var account = changes.Book.Account.Value;
        switch (kind)
        {
            case OrderStepKind.Accepted:
                changes.Add(
                    new OrderAccepted
                    {
                        AccountId = account,
                        Order = order,
                        Source = step.Source,
                    }
                );
                break;
            case OrderStepKind.Amended:
                changes.Add(
                    new OrderAmended
                    {
                        AccountId = account,
                        Order = order,
                        Source = step.Source,
                    }
                );
                break;
            case OrderStepKind.PartiallyFilled or OrderStepKind.Filled:
                changes.Add(
                    new OrderFilled
                    {
                        AccountId = account,
                        Order = order,
                        DealId = step.Deal?.DealId ?? "",
                        Complete = kind == OrderStepKind.Filled,
                        Source = step.Source,
                    }
                );
                break;
            case OrderStepKind.Cancelled:
                changes.Add(
                    new OrderCancelled
                    {
                        AccountId = account,
                        Order = order,
                        Source = step.Source,
                    }
                );
                break;
            case OrderStepKind.Expired:
                changes.Add(
                    new OrderExpired
                    {
                        AccountId = account,
                        Order = order,
                        Source = step.Source,
                    }
                );
                break;
            case OrderStepKind.Rejected or OrderStepKind.CancelRejected:
                Reject(
                    changes,
                    new()
                    {
                        AccountId = account,
                        Order = order,
                        OrderId = order.OrderId,
                        Code = step.ErrorCode,
                        Request = kind == OrderStepKind.Rejected ? RefusedOrder : RefusedCancel,
                        Source = step.Source,
                    }
                );
                break;
        }
    }

    private static void Reject(Changes changes, OrderRejected rejected)
    {
        var key = AccountEvolve.RefusalKey(rejected, changes.At.ToUnixTimeMilliseconds());
        if (!changes.Book.Refusals.Contains(key))
        {
            changes.Add(rejected);
        }
    }

    /// <summary>Equal but for the broker's time of its last update.</summary>
    public static bool Same(OrderDetails known, OrderDetails seen)
    {
        if (known.UpdatedAtMs == seen.UpdatedAtMs)
        {
            return known.Equals(seen);
        }

        var aligned = seen.Clone();
        aligned.UpdatedAtMs = known.UpdatedAtMs;
        return known.Equals(aligned);
    }
}
