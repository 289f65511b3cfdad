using Trading.Domain.Market;

namespace Trading.Domain.Tests.Market;

/// <summary>Candles the slow and obvious way: sort by candle and time, take first, highest, lowest, last and count. Shares no code
/// with the fold.</summary>
public static class NaiveCandles
{
    public sealed record Naive(decimal Open, decimal High, decimal Low, decimal Close, long Volume);

    public static Dictionary<(string Symbol, int Minutes, DateTimeOffset Open), Naive> Of(IEnumerable<Tick> ticks) =>
        ticks
            .SelectMany(tick => new[] { 1, 5, 15, 30, 60, 240, 1440 }.Select(minutes => (tick, minutes)))
            .GroupBy(pair => (pair.tick.Symbol.Value, pair.minutes, Begin(pair.tick.TimestampMs, pair.minutes)))
            .ToDictionary(
                group => group.Key,
                group =>
                {
                    var bids = group
                        .OrderBy(pair => pair.tick.TimestampMs)
                        .Select(pair => pair.tick.Bid.Units / 100_000_000m)
                        .ToList();
                    return new Naive(bids[0], bids.Max(), bids.Min(), bids[^1], bids.Count);
                }
            );

    private static DateTimeOffset Begin(long timestampMs, int minutes)
    {
        var moment = DateTimeOffset.FromUnixTimeMilliseconds(timestampMs);
        var day = new DateTimeOffset(moment.UtcDateTime.Date, TimeSpan.Zero);
        return day.AddMinutes(Math.Floor((moment - day).TotalMinutes / minutes) * minutes);
    }
}
