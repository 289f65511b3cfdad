namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Reads a symbol's weekly schedule.</summary>
internal static class TradingHours
{
    public static bool IsOpen(SymbolSpec spec, long unixMs)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(spec.ScheduleTimeZone);
        var local = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(unixMs), zone);
        var second = (uint)((int)local.DayOfWeek * 86_400 + (int)local.TimeOfDay.TotalSeconds);
        return spec.Schedule.Any(s => second >= s.Start && second < s.End);
    }
}
