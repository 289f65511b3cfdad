namespace Trading.Sandbox.CTrader.Engine;

/// <summary>One fill. Money in minor units of the account's currency.</summary>
internal sealed record Deal
{
    public required long Id { get; init; }
    public required long OrderId { get; init; }
    public required long PositionId { get; init; }
    public required Symbol Symbol { get; init; }
    public required TradeSide Side { get; init; }
    public required long Volume { get; init; }
    public required long FilledVolume { get; init; }
    public required long CreatedAt { get; init; }
    public required long ExecutedAt { get; init; }
    public required decimal Price { get; init; }
    public required DealStatus Status { get; init; }
    public required decimal MarginRate { get; init; }
    public required decimal BaseToUsd { get; init; }
    public required long Commission { get; init; }
    public CloseDetail? Close { get; init; }
}

/// <summary>What a closing fill realised.</summary>
internal sealed record CloseDetail(
    decimal EntryPrice,
    long GrossProfit,
    long Swap,
    long Commission,
    long ConversionFee,
    long Balance,
    long BalanceVersion,
    decimal QuoteToDeposit,
    long ClosedVolume
);

/// <summary>Which part of an opening fill was closed by which fill.</summary>
internal sealed record DealOffset(Deal Opening, Deal Closing, long Volume);

/// <summary>A cash movement. <see cref="Delta"/> is signed here; the protocol sends the amount as it is.</summary>
internal sealed record CashFlow(
    long Id,
    CashKind Kind,
    long Delta,
    long Balance,
    long BalanceVersion,
    long Equity,
    long Time,
    string? Note
);
