namespace Trading.Sandbox.CTrader.Engine;

/// <summary>An open trade, or the empty shell that the broker makes for a working order. Money in minor units.</summary>
internal sealed record Position
{
    public required long Id { get; init; }
    public required Symbol Symbol { get; init; }
    public required TradeSide Side { get; init; }
    public required long OpenTime { get; init; }
    public PositionStatus Status { get; init; } = PositionStatus.PositionStatusCreated;

    /// <summary>Hundredths of a base unit.</summary>
    public long Volume { get; init; }

    /// <summary>Volume-weighted entry price.</summary>
    public decimal EntryPrice { get; init; }
    public long Swap { get; init; }

    /// <summary>Commission of the opening side not yet realised; negative.</summary>
    public long Commission { get; init; }
    public decimal MarginRate { get; init; }
    public long UsedMargin { get; init; }
    public long? StopLoss { get; init; }
    public long? TakeProfit { get; init; }
    public bool Trailing { get; init; }

    /// <summary>Distance a trailing stop keeps from the market.</summary>
    public long TrailingDistance { get; init; }
    public bool GuaranteedStop { get; init; }
    public TriggerMethod StopTrigger { get; init; } = TriggerMethod.Trade;
    public string? Label { get; init; }
    public string? Comment { get; init; }
    public long UpdatedAt { get; init; }
    public long? ClosedAt { get; init; }

    /// <summary>The order that carries the protection, when there is any.</summary>
    public long? ProtectionOrderId { get; init; }

    /// <summary>Consecutive quotes beyond the stop, for the trigger methods that ask for two.</summary>
    public int StopHits { get; init; }

    public int Direction => Side == TradeSide.Buy ? 1 : -1;

    public decimal Units => Volume / 100m;
}
