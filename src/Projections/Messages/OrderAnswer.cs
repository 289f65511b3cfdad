using Trading.Projections.Orders;

namespace Trading.Projections.Messages;

/// <summary>One working order.</summary>
/// <param name="OrderId">The broker's id.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Side">buy or sell.</param>
/// <param name="Type">market, limit, stop …</param>
/// <param name="Status">working or partiallyFilled.</param>
/// <param name="Volume">In base units.</param>
/// <param name="ExecutedVolume">The filled part, in base units.</param>
/// <param name="LimitPrice">Null when it has none.</param>
/// <param name="StopPrice">Null when it has none.</param>
/// <param name="StopLoss">Null when it has none.</param>
/// <param name="TakeProfit">Null when it has none.</param>
/// <param name="CreatedAt">By the broker's clock; null when not told.</param>
public sealed record OrderAnswer(
    string OrderId,
    string Symbol,
    string Side,
    string Type,
    string Status,
    decimal Volume,
    decimal ExecutedVolume,
    decimal? LimitPrice,
    decimal? StopPrice,
    decimal? StopLoss,
    decimal? TakeProfit,
    DateTimeOffset? CreatedAt
)
{
    /// <summary>The answer for an order.</summary>
    public static OrderAnswer Of(OrderView order) =>
        new(
            order.Id.Value,
            order.Symbol.Value,
            order.Side == Domain.Events.Side.Buy ? "buy" : "sell",
            order.Type,
            order.Status == OrderStatus.PartiallyFilled ? "partiallyFilled" : "working",
            order.Volume / 100m,
            order.ExecutedVolume / 100m,
            order.LimitPrice,
            order.StopPrice,
            order.StopLoss,
            order.TakeProfit,
            order.CreatedAt
        );
}
