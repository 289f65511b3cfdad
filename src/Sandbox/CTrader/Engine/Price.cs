namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Prices as integers in 1/100000 of the quote unit ("P5"), whatever the digits of the symbol.</summary>
internal static class Price
{
    public const long Scale = 100_000;

    private static readonly long[] s_powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

    public static long PowerOfTen(int exponent) => exponent < 0 ? 1 : s_powers[exponent];

    public static decimal ToDecimal(long p5) => p5 / (decimal)Scale;

    public static long ToP5(decimal price) => (long)decimal.Round(price * Scale, 0, MidpointRounding.AwayFromZero);

    public static long RoundToDigits(decimal price, int digits) =>
        ToP5(decimal.Round(price, digits, MidpointRounding.AwayFromZero));

    /// <summary>False when the number has more decimals than the symbol shows: the broker refuses it, it never rounds.</summary>
    public static bool Fits(decimal price, int digits) => decimal.Round(price, digits) == price;
}
