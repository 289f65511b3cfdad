namespace Trading.Sandbox.CTrader.Market;

/// <summary>A bar of bid prices in 1/100000; volume counts ticks.</summary>
internal readonly record struct Bar(long OpenTime, long Open, long High, long Low, long Close, long Volume)
{
    public Bar With(long bid, int ticks) =>
        this with
        {
            High = Math.Max(High, bid),
            Low = Math.Min(Low, bid),
            Close = bid,
            Volume = Volume + ticks,
        };

    /// <summary>This bar and the one that follows it, as one.</summary>
    public Bar Followed(Bar next) =>
        this with
        {
            High = Math.Max(High, next.High),
            Low = Math.Min(Low, next.Low),
            Close = next.Close,
            Volume = Volume + next.Volume,
        };
}
