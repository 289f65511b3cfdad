namespace Trading.Domain;

/// <summary>An exact price: a whole number of 1/100,000,000 of the quote unit. Finer than any broker's quote, so every
/// quote is represented exactly; ±92 thousand million is the range.</summary>
public readonly record struct Price(long Units) : IComparable<Price>
{
    /// <summary>Units in one quote unit.</summary>
    public const long Scale = 100_000_000;

    /// <summary>Decimals of <see cref="Scale"/>.</summary>
    public const int Decimals = 8;

    /// <summary>From a decimal price.</summary>
    /// <exception cref="OverflowException">Outside the range.</exception>
    /// <exception cref="ArgumentException">More than eight decimals.</exception>
    public static Price From(decimal value)
    {
        var units = value * Scale;
        return decimal.IsInteger(units)
            ? new((long)units)
            : throw new ArgumentException($"{value} has more than {Decimals} decimals.", nameof(value));
    }

    /// <summary>From a whole number of 1/100,000, the unit of cTrader's spot quotes.</summary>
    public static Price FromHundredThousandths(long value) => new(checked(value * 1_000));

    /// <summary>As a decimal, without trailing zeros.</summary>
    public decimal ToDecimal() => Exact.Trimmed(Units, Decimals);

    /// <inheritdoc/>
    public int CompareTo(Price other) => Units.CompareTo(other.Units);

    /// <inheritdoc/>
    public override string ToString() => ToDecimal().ToString(System.Globalization.CultureInfo.InvariantCulture);
}
