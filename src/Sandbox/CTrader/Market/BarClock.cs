namespace Trading.Sandbox.CTrader.Market;

/// <summary>
/// When bars open: up to an hour on whole units of UTC; from four hours on the trading day counts, which begins at 17:00 in
/// New York.
/// </summary>
internal static class BarClock
{
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    private static readonly TimeZoneInfo s_newYork = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    public static long OpenOf(BarPeriod period, long ms) =>
        period switch
        {
            BarPeriod.H4 => InDay(ms, 4 * Hour),
            BarPeriod.H12 => InDay(ms, 12 * Hour),
            BarPeriod.D1 => Day(TradingDate(ms)),
            BarPeriod.W1 => Day(TradingDate(ms) is var d ? d.AddDays(-(((int)d.DayOfWeek + 6) % 7)) : default),
            BarPeriod.Mn1 => Day(TradingDate(ms) is var d ? d.AddDays(1 - d.Day) : default),
            _ => ms - ms % (Minutes(period) * Minute),
        };

    /// <summary>Length of a period; the longest a month can be for <see cref="BarPeriod.Mn1"/>.</summary>
    public static long Length(BarPeriod period) => Minutes(period) * Minute;

    private static long InDay(long ms, long length)
    {
        var day = Day(TradingDate(ms));
        return day + (ms - day) / length * length;
    }

    private static DateOnly TradingDate(long ms)
    {
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(ms), s_newYork);
        return DateOnly.FromDateTime(local.DateTime.AddHours(7));
    }

    private static long Day(DateOnly date)
    {
        var open = date.AddDays(-1).ToDateTime(new TimeOnly(17, 0));
        return new DateTimeOffset(open, s_newYork.GetUtcOffset(open)).ToUnixTimeMilliseconds();
    }

    private static long Minutes(BarPeriod period) =>
        period switch
        {
            BarPeriod.M1 => 1,
            BarPeriod.M2 => 2,
            BarPeriod.M3 => 3,
            BarPeriod.M4 => 4,
            BarPeriod.M5 => 5,
            BarPeriod.M10 => 10,
            BarPeriod.M15 => 15,
            BarPeriod.M30 => 30,
            BarPeriod.H1 => 60,
            BarPeriod.H4 => 240,
            BarPeriod.H12 => 720,
            BarPeriod.D1 => 1_440,
            BarPeriod.W1 => 10_080,
            BarPeriod.Mn1 => 44_640,
            _ => throw new ArgumentOutOfRangeException(nameof(period), period, "unknown period"),
        };
}
