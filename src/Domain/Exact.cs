using Trading.Domain.Events;

namespace Trading.Domain;

/// <summary>Moves exact numbers between <see cref="decimal"/> and their form in events. Nothing here ever rounds.</summary>
public static class Exact
{
    /// <summary>The event form of a decimal; its scale is kept.</summary>
    /// <exception cref="OverflowException">More than 18 significant digits.</exception>
    public static DecimalValue ToEvent(this decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var scale = (uint)(bits[3] >> 16) & 0xFF;
        return new() { Unscaled = decimal.ToInt64(value * PowerOfTen((int)scale)), Scale = scale };
    }

    /// <summary>The decimal of an event's number; an absent number is zero.</summary>
    public static decimal ToDecimal(this DecimalValue? value) =>
        value is null ? 0m : Of(value.Unscaled, (int)value.Scale);

    /// <summary>The decimal of an event's number, or null when it is absent.</summary>
    public static decimal? ToNullableDecimal(this DecimalValue? value) => value is null ? null : value.ToDecimal();

    /// <summary>unscaled × 10^-scale.</summary>
    public static decimal Of(long unscaled, int scale) =>
        new(
            (int)(UnsignedOf(unscaled) & 0xFFFFFFFF),
            (int)(UnsignedOf(unscaled) >> 32),
            0,
            unscaled < 0,
            checked((byte)scale)
        );

    /// <summary>unscaled × 10^-scale with the trailing zeros of the fraction taken off.</summary>
    public static decimal Trimmed(long unscaled, int scale)
    {
        while (scale > 0 && unscaled % 10 == 0)
        {
            unscaled /= 10;
            scale--;
        }

        return Of(unscaled, scale);
    }

    private static ulong UnsignedOf(long value) => value < 0 ? (ulong)-(value + 1) + 1 : (ulong)value;

    private static decimal PowerOfTen(int exponent)
    {
        var power = 1m;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10m;
        }

        return power;
    }
}
