namespace Trading.Projections.Messages;

/// <summary>How an account stands.</summary>
/// <param name="Type">snapshot</param>
/// <param name="Offset">Events after this one follow.</param>
/// <param name="Account">As <c>GET /account</c> gives it; null before it is known.</param>
/// <param name="Positions">The open ones.</param>
/// <param name="Orders">The working ones.</param>
public sealed record SnapshotMessage(
    string Type,
    long Offset,
    AccountAnswer? Account,
    IReadOnlyList<PositionAnswer> Positions,
    IReadOnlyList<OrderAnswer> Orders
);
