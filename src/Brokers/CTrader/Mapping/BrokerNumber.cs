using Trading.Domain;
using Trading.Domain.Events;

namespace Trading.Brokers.CTrader.Mapping;

/// <summary>
/// The border at which the broker's floating-point prices and scaled money become exact numbers. Behind it there is no
/// floating point.
/// </summary>
internal static class BrokerNumber
{
    // Old servers leave the scale out and mean cents (source: cTrader Open API).
    private const uint DefaultMoneyDigits = 2;

    // Rates and averaged prices keep what a double can carry, but no more decimals than an event may have.
    private const int FinestDecimals = 12;

    /// <summary>A price level, which is a whole number of points of its symbol.</summary>
    /// <param name="value">The broker's number.</param>
    /// <param name="digits">Decimals of the symbol's prices.</param>
    /// <exception cref="OverflowException">Not a number, or too large for a price.</exception>
    public static DecimalValue Price(double value, int digits) =>
        decimal.Round((decimal)value, Math.Clamp(digits, 0, FinestDecimals), MidpointRounding.AwayFromZero).ToEvent();

    /// <summary>A price level that may be missing; zero means missing as well.</summary>
    public static DecimalValue? Level(bool given, double value, int digits) =>
        given && value != 0 ? Price(value, digits) : null;

    /// <summary>An average price or a rate, which may have more decimals than any symbol.</summary>
    /// <exception cref="OverflowException">Not a number, or too large.</exception>
    public static DecimalValue Exact(double value) => Price(value, FinestDecimals);

    /// <summary>Money as the broker sends it: a whole number and its decimals.</summary>
    /// <exception cref="OverflowException">More decimals than an event may have.</exception>
    public static DecimalValue Money(long value, bool hasDigits, uint digits) =>
        hasDigits && digits > FinestDecimals
            ? throw new OverflowException($"Money of {digits} decimals.")
            : new() { Unscaled = value, Scale = hasDigits ? digits : DefaultMoneyDigits };

    /// <summary>Whether Unix milliseconds are a moment that a calendar knows.</summary>
    public static bool IsMoment(long milliseconds) => milliseconds is > 0 and < 253_402_300_800_000;

    /// <summary>The broker's milliseconds; zero, which stands for none, when they are absurd.</summary>
    public static long Milliseconds(long milliseconds) => IsMoment(milliseconds) ? milliseconds : 0;

    /// <summary>The broker's milliseconds as a moment, or <paramref name="otherwise"/> when they are missing or absurd.</summary>
    public static DateTimeOffset Moment(long milliseconds, DateTimeOffset otherwise) =>
        IsMoment(milliseconds) ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : otherwise;
}
