namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Why a command was not taken: an outcome, not a failure of this server.</summary>
internal sealed record Refusal(string Code, string Description)
{
    public long? OrderId { get; init; }
    public long? PositionId { get; init; }

    public static Refusal Invalid(string description) => new("INVALID_REQUEST", description);

    public static Refusal BadVolume(string description) => new("TRADING_BAD_VOLUME", description);

    public static Refusal BadStops(string description) => new("TRADING_BAD_STOPS", description);

    public static Refusal NoOrder(long id) => new("ORDER_NOT_FOUND", $"Order not found with id {id}") { OrderId = id };

    public static Refusal NoPosition(long id) =>
        new("POSITION_NOT_FOUND", $"Position not found with id {id}") { OrderId = 0, PositionId = 0 };
}
