using Trading.Domain;
using Trading.Domain.Market;

namespace Trading.Actors.Tests.Support;

internal static class Ticks
{
    /// <summary>A quote that differs from every other with another number.</summary>
    public static Tick At(long n, string symbol = "EURUSD") =>
        new(new(symbol), new Price(110_000_000 + n), new Price(110_010_000 + n), 1_736_942_400_000 + n);

    public static Tick[] Range(long from, int count, string symbol = "EURUSD") =>
        [.. Enumerable.Range(0, count).Select(n => At(from + n, symbol))];
}
