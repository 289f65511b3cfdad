using System.Threading.Channels;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader.Session;

/// <summary>Events that arrived before the snapshot was taken. They are in it, all but what only history tells of and may list
/// late: deals, orders and cash movements.</summary>
internal static class EarlyNews
{
    /// <summary>Takes them off the line and adds them to the snapshot.</summary>
    /// <param name="read">The snapshot, and the frame up to which it speaks.</param>
    /// <param name="events">The line.</param>
    /// <param name="map">What an event says; null when it says nothing.</param>
    public static AccountSnapshot AddedTo(
        ReadSnapshot read,
        ChannelReader<BrokerEvent> events,
        Func<BrokerEvent, BrokerReport?> map
    )
    {
        List<DealExecuted> deals = [.. read.Snapshot.Deals];
        List<CashMovement> movements = [.. read.Snapshot.CashMovements];
        var orders = read.Snapshot.PastOrders.ToDictionary(past => past.Details.OrderId);
        while (events.TryPeek(out var next) && next.Sequence <= read.Sequence)
        {
            events.TryRead(out _);
            switch (map(next))
            {
                case BrokerReport.OrderStep step:
                    if (step.Deal is { } deal && deals.TrueForAll(known => known.DealId != deal.DealId))
                    {
                        deals.Add(deal);
                    }

                    if (step.Order is { } order)
                    {
                        Keep(orders, order, step);
                    }

                    break;
                case BrokerReport.CashMoved { Movement: var moved }
                    when movements.TrueForAll(known => known.MovementId != moved.MovementId):
                    movements.Add(moved);
                    break;
            }
        }

        return read.Snapshot with
        {
            Deals = deals,
            PastOrders = [.. orders.Values],
            CashMovements = movements,
        };
    }

    // History was read later and knows better, unless it lags behind.
    private static void Keep(Dictionary<string, PastOrder> orders, OrderDetails order, BrokerReport.OrderStep step)
    {
        var ends =
            step.Kind
            is OrderStepKind.Filled
                or OrderStepKind.Cancelled
                or OrderStepKind.Expired
                or OrderStepKind.Rejected;
        var isNews =
            !orders.TryGetValue(order.OrderId, out var listed)
            || listed.Details.UpdatedAtMs < order.UpdatedAtMs
            || (listed.Step == OrderStepKind.Accepted && listed.Details.UpdatedAtMs == order.UpdatedAtMs);
        if (order.OrderId.Length > 0 && isNews)
        {
            orders[order.OrderId] = new(order, ends ? step.Kind : OrderStepKind.Accepted, step.Source);
        }
    }
}
