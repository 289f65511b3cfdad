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

    // Prices and rates keep what a double can carry, but no more decimals than an event may have.
    private const int FinestDecimals = 12;

    /// <summary>A price or a rate as the broker said it. A symbol's digits are for display: brokers execute, average and
    /// set levels finer than they show.</summary>
    /// <exception cref="OverflowException">Not a number, or too large for a price.</exception>
    public static DecimalValue Exact(double value) =>
        decimal.Round((decimal)value, FinestDecimals, MidpointRounding.AwayFromZero).ToEvent();

    /// <summary>A price that may be missing; zero means missing as well.</summary>
    /// <exception cref="OverflowException">Not a number, or too large for a price.</exception>
    public static DecimalValue? Price(bool given, double value) => given && value != 0 ? Exact(value) : null;

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
