namespace Trading.Sandbox.CTrader.Engine;

/// <summary>One order in its latest state; finished orders stay in the account's history.</summary>
internal sealed record Order
{
    public required long Id { get; init; }
    public required Symbol Symbol { get; init; }
    public required TradeSide Side { get; init; }
    public required OrderType Type { get; init; }
    public required long Volume { get; init; }
    public required long CreatedAt { get; init; }
    public required long PositionId { get; init; }
    public OrderStatus Status { get; init; } = OrderStatus.OrderStatusAccepted;
    public TimeInForce TimeInForce { get; init; } = TimeInForce.GoodTillCancel;
    public long? ExpiresAt { get; init; }
    public long ExecutedVolume { get; init; }

    /// <summary>Volume-weighted price of what has been filled so far.</summary>
    public decimal? ExecutionPrice { get; init; }
    public long? LimitPrice { get; init; }
    public long? StopPrice { get; init; }
    public long? StopLoss { get; init; }
    public long? TakeProfit { get; init; }
    public long? RelativeStopLoss { get; init; }
    public long? RelativeTakeProfit { get; init; }
    public long? BaseSlippagePrice { get; init; }
    public int? SlippageInPoints { get; init; }
    public bool Closing { get; init; }
    public bool IsStopOut { get; init; }
    public bool Trailing { get; init; }
    public bool GuaranteedStop { get; init; }
    public TriggerMethod Trigger { get; init; } = TriggerMethod.Trade;
    public string? ClientOrderId { get; init; }
    public string? Label { get; init; }
    public string? Comment { get; init; }
    public long UpdatedAt { get; init; }
    public long? ClosedAt { get; init; }

    /// <summary>Message id of the request that placed it; goes on every event the request causes.</summary>
    public string? RequestId { get; init; }

    /// <summary>True once the stop price of a stop-limit order has been met: from then on it is a limit order.</summary>
    public bool Triggered { get; init; }
    public int TriggerHits { get; init; }

    public long Remaining => Volume - ExecutedVolume;

    public bool IsWorking => Status == OrderStatus.OrderStatusAccepted;

    public bool IsProtection => Type == OrderType.StopLossTakeProfit;
}
