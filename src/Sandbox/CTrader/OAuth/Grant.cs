namespace Trading.Sandbox.CTrader.OAuth;

/// <summary>What one consent of one user allows, and its current pair of tokens.</summary>
internal sealed record Grant(long UserId, Scope Scope, IReadOnlyList<long> AccountIds)
{
    public required string AccessToken { get; init; }
    public required string RefreshToken { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long ExpiresAt { get; init; }
}
