namespace Trading.Sandbox.CTrader.Engine;

/// <summary>An order as asked for. Prices are decimals because the broker must see, and refuse, too many of them.</summary>
internal sealed record NewOrder(long SymbolId, OrderType Type, TradeSide Side, long Volume)
{
    public decimal? LimitPrice { get; init; }
    public decimal? StopPrice { get; init; }
    public TimeInForce? TimeInForce { get; init; }
    public long? ExpiresAt { get; init; }
    public decimal? StopLoss { get; init; }
    public decimal? TakeProfit { get; init; }
    public long? RelativeStopLoss { get; init; }
    public long? RelativeTakeProfit { get; init; }
    public decimal? BaseSlippagePrice { get; init; }
    public int? SlippageInPoints { get; init; }
    public string? Comment { get; init; }
    public string? Label { get; init; }
    public string? ClientOrderId { get; init; }
    public long? PositionId { get; init; }
    public bool GuaranteedStop { get; init; }
    public bool Trailing { get; init; }
    public TriggerMethod Trigger { get; init; } = TriggerMethod.Trade;
}

/// <summary>Changes to a working order; what is null stays as it is.</summary>
internal sealed record OrderChange(long OrderId)
{
    public long? Volume { get; init; }
    public decimal? LimitPrice { get; init; }
    public decimal? StopPrice { get; init; }
    public long? ExpiresAt { get; init; }
    public decimal? StopLoss { get; init; }
    public decimal? TakeProfit { get; init; }
    public long? RelativeStopLoss { get; init; }
    public long? RelativeTakeProfit { get; init; }
    public int? SlippageInPoints { get; init; }
    public bool? Trailing { get; init; }
    public TriggerMethod? Trigger { get; init; }
}

/// <summary>The whole protection of a position: a level that is null is removed.</summary>
internal sealed record ProtectionChange(long PositionId, decimal? StopLoss, decimal? TakeProfit)
{
    public bool Trailing { get; init; }
    public bool GuaranteedStop { get; init; }
    public TriggerMethod Trigger { get; init; } = TriggerMethod.Trade;
}
