using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Orders;

/// <summary>What was last observed of an order.</summary>
public enum OrderStatus
{
    /// <summary>Taken by the broker and not yet filled, cancelled or expired.</summary>
    Working,

    /// <summary>A part is filled, the rest is working.</summary>
    PartiallyFilled,

    /// <summary>Filled completely.</summary>
    Filled,

    /// <summary>Cancelled.</summary>
    Cancelled,

    /// <summary>Its time ran out.</summary>
    Expired,

    /// <summary>Refused by the broker.</summary>
    Rejected,
}

/// <summary>An order as observed at the broker.</summary>
public sealed record OrderView : IStamped
{
    /// <summary>Whose it is.</summary>
    public required UserKey User { get; init; }

    /// <summary>In which account.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The broker's id.</summary>
    public required OrderId Id { get; init; }

    /// <summary>Where it stands.</summary>
    public OrderStatus Status { get; init; }

    /// <summary>True while it can still be filled.</summary>
    public bool IsWorking => Status is OrderStatus.Working or OrderStatus.PartiallyFilled;

    /// <summary>The symbol's number at the broker.</summary>
    public long SymbolId { get; init; }

    /// <summary>The symbol; empty when the broker refused before there was an order.</summary>
    public SymbolName Symbol { get; init; } = new("");

    /// <summary>To buy or to sell.</summary>
    public Side Side { get; init; }

    /// <summary>market, limit, stop, stop_loss_take_profit, market_range or stop_limit.</summary>
    public string Type { get; init; } = "";

    /// <summary>Hundredths of a base unit.</summary>
    public long Volume { get; init; }

    /// <summary>The filled part, hundredths of a base unit.</summary>
    public long ExecutedVolume { get; init; }

    /// <summary>Null when the order has none.</summary>
    public decimal? LimitPrice { get; init; }

    /// <summary>Null when the order has none.</summary>
    public decimal? StopPrice { get; init; }

    /// <summary>The average price of the fills; null before the first.</summary>
    public decimal? ExecutionPrice { get; init; }

    /// <summary>Null when the order has none.</summary>
    public decimal? StopLoss { get; init; }

    /// <summary>Null when the order has none.</summary>
    public decimal? TakeProfit { get; init; }

    /// <summary>good_till_date, good_till_cancel, immediate_or_cancel, fill_or_kill or market_on_open.</summary>
    public string TimeInForce { get; init; } = "";

    /// <summary>Null when it does not expire.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The position it opens, changes or closes; null when not told.</summary>
    public PositionId? Position { get; init; }

    /// <summary>It closes a position.</summary>
    public bool Closing { get; init; }

    /// <summary>Our or another client's own id for it.</summary>
    public string ClientOrderId { get; init; } = "";

    /// <summary>The user's label.</summary>
    public string Label { get; init; } = "";

    /// <summary>The user's comment.</summary>
    public string Comment { get; init; } = "";

    /// <summary>By the broker's clock; null when not told.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The broker's code when it last refused the order or a change of it; empty otherwise.</summary>
    public string RefusalCode { get; init; } = "";

    /// <summary>The broker's words with it.</summary>
    public string RefusalText { get; init; } = "";

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }
}
