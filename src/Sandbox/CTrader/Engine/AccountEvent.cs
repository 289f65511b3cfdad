namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Something that happened to an account and that every connection with a session of it is told.</summary>
internal abstract record AccountEvent(Account Account)
{
    /// <summary>Message id of the request that caused it, perhaps of somebody else's request; null when the server did it.</summary>
    public string? RequestId { get; init; }
}

/// <summary>A step of an order, a swap or a cash movement. Positions and orders are immutable, so this is their state after the step.</summary>
internal sealed record Execution(Account Account, ExecutionType Type) : AccountEvent(Account)
{
    public Position? Position { get; init; }
    public Order? Order { get; init; }
    public Deal? Deal { get; init; }
    public CashFlow? CashFlow { get; init; }
    public string? ErrorCode { get; init; }
    public bool IsServerEvent { get; init; }
}

internal sealed record TrailingStopMoved(Account Account, Position Position, Order Protection, long Time)
    : AccountEvent(Account);

internal sealed record MarginChanged(Account Account, Position Position) : AccountEvent(Account);

internal sealed record TraderUpdated(Account Account) : AccountEvent(Account);

internal sealed record MarginCallUpdated(Account Account, int Type, MarginCallLevel Level) : AccountEvent(Account);

internal sealed record MarginCallTriggered(Account Account, int Type, MarginCallLevel Level) : AccountEvent(Account);
