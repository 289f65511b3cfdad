namespace Trading.Brokers.CTrader.Connection;

/// <summary>What a link waits for in vain.</summary>
/// <param name="For">What.</param>
/// <param name="Since">Since when.</param>
/// <param name="Ours">It is us, not the broker, who do not get on.</param>
internal sealed record LinkStall(string For, DateTimeOffset Since, bool Ours);
