using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>Where an order at the broker stands, as far as we have seen.</summary>
public enum OrderStatus
{
    /// <summary>Never seen, or ended so long ago that it is forgotten.</summary>
    Unknown,

    /// <summary>Accepted, nothing filled.</summary>
    Working,

    /// <summary>A part is filled, the rest works.</summary>
    PartlyFilled,

    /// <summary>Filled completely.</summary>
    Filled,

    /// <summary>Cancelled.</summary>
    Cancelled,

    /// <summary>Its time ran out.</summary>
    Expired,

    /// <summary>Refused after it was taken.</summary>
    Rejected,
}

/// <summary>Every legal pair of status and step, on one screen. What is not here is a repeat or nonsense and records no order
/// event; the deal, position and money in the same message are judged by themselves.</summary>
public static class OrderTransitions
{
    /// <summary>The status after the step, or null when the pair is not legal.</summary>
    public static OrderStatus? Next(OrderStatus current, OrderStepKind step) =>
        (current, step) switch
        {
            (OrderStatus.Unknown, OrderStepKind.Accepted) => OrderStatus.Working,
            (OrderStatus.Unknown, OrderStepKind.Rejected) => OrderStatus.Rejected,
            // The acceptance fell into an outage: the order is first seen in mid-life.
            (OrderStatus.Unknown, OrderStepKind.Amended) => OrderStatus.Working,
            (OrderStatus.Unknown, OrderStepKind.PartiallyFilled) => OrderStatus.PartlyFilled,
            (OrderStatus.Unknown, OrderStepKind.Filled) => OrderStatus.Filled,
            (OrderStatus.Unknown, OrderStepKind.Cancelled) => OrderStatus.Cancelled,
            (OrderStatus.Unknown, OrderStepKind.Expired) => OrderStatus.Expired,
            // The cancelled order was forgotten long ago, or never was: the refusal alone is news.
            (OrderStatus.Unknown, OrderStepKind.CancelRejected) => OrderStatus.Unknown,

            (OrderStatus.Working, OrderStepKind.Amended) => OrderStatus.Working,
            (OrderStatus.Working, OrderStepKind.PartiallyFilled) => OrderStatus.PartlyFilled,
            (OrderStatus.Working, OrderStepKind.Filled) => OrderStatus.Filled,
            (OrderStatus.Working, OrderStepKind.Cancelled) => OrderStatus.Cancelled,
            (OrderStatus.Working, OrderStepKind.Expired) => OrderStatus.Expired,
            (OrderStatus.Working, OrderStepKind.Rejected) => OrderStatus.Rejected,
            (OrderStatus.Working, OrderStepKind.CancelRejected) => OrderStatus.Working,

            (OrderStatus.PartlyFilled, OrderStepKind.Amended) => OrderStatus.PartlyFilled,
            (OrderStatus.PartlyFilled, OrderStepKind.PartiallyFilled) => OrderStatus.PartlyFilled,
            (OrderStatus.PartlyFilled, OrderStepKind.Filled) => OrderStatus.Filled,
            (OrderStatus.PartlyFilled, OrderStepKind.Cancelled) => OrderStatus.Cancelled,
            (OrderStatus.PartlyFilled, OrderStepKind.Expired) => OrderStatus.Expired,
            // No liquidity for the rest.
            (OrderStatus.PartlyFilled, OrderStepKind.Rejected) => OrderStatus.Rejected,
            (OrderStatus.PartlyFilled, OrderStepKind.CancelRejected) => OrderStatus.PartlyFilled,

            // The cancel came too late: the usual reason for refusing one.
            (OrderStatus.Filled, OrderStepKind.CancelRejected) => OrderStatus.Filled,
            (OrderStatus.Cancelled, OrderStepKind.CancelRejected) => OrderStatus.Cancelled,
            (OrderStatus.Expired, OrderStepKind.CancelRejected) => OrderStatus.Expired,
            // Surprise: venues do report a fill that raced the cancel or the expiry. It is real money, so it counts.
            (OrderStatus.Cancelled, OrderStepKind.PartiallyFilled) => OrderStatus.Cancelled,
            (OrderStatus.Cancelled, OrderStepKind.Filled) => OrderStatus.Filled,
            (OrderStatus.Expired, OrderStepKind.PartiallyFilled) => OrderStatus.Expired,
            (OrderStatus.Expired, OrderStepKind.Filled) => OrderStatus.Filled,
            _ => null,
        };

    /// <summary>No step leads out of it in the ordinary course.</summary>
    public static bool IsEnd(OrderStatus status) =>
        status is OrderStatus.Filled or OrderStatus.Cancelled or OrderStatus.Expired or OrderStatus.Rejected;
}
