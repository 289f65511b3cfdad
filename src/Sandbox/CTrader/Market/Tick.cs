namespace Trading.Sandbox.CTrader.Market;

/// <summary>One quote: Unix milliseconds, bid and ask in 1/100000.</summary>
internal readonly record struct Tick(long Time, long Bid, long Ask);
