namespace Trading.Sandbox.CTrader.Engine;

/// <summary>
/// The money mathematics of the cTrader Open API reference, section 8, in decimal arithmetic. Amounts become minor units
/// (two decimals), the nearest one, half away from zero.
/// </summary>
internal static class Amounts
{
    public const int MoneyDigits = 2;

    public static long Minor(decimal amount) => (long)decimal.Round(amount * 100m, 0, MidpointRounding.AwayFromZero);

    public static decimal Major(long minor) => minor / 100m;

    /// <summary>Price result of closing <paramref name="units"/> at <paramref name="exit"/>, in minor units.</summary>
    public static long Gross(decimal entry, decimal exit, decimal units, int direction, decimal quoteToDeposit) =>
        Minor((exit - entry) * units * direction * quoteToDeposit);

    /// <summary>Commission of one side: negative, in minor units of the deposit currency.</summary>
    public static long Commission(SymbolSpec spec, long volume, decimal price, Asset deposit, CommissionRates rates)
    {
        var units = volume / 100m;
        var rate = spec.CommissionRate;
        var amount = spec.CommissionType switch
        {
            CommissionType.UsdPerMillionUsd => units
                * rates.BaseToUsd
                / 1_000_000m
                * rate
                / 100_000_000m
                * rates.UsdToDeposit,
            CommissionType.UsdPerLot => (decimal)volume / spec.LotSize * rate / 100_000_000m * rates.UsdToDeposit,
            CommissionType.PercentageOfValue => units * price * (rate / 100_000m) / 100m * rates.QuoteToDeposit,
            CommissionType.QuoteCcyPerLot => (decimal)volume
                / spec.LotSize
                * rate
                / 100_000_000m
                * rates.QuoteToDeposit,
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.CommissionType, deposit.Name),
        };
        return -Minor(amount);
    }

    /// <summary>Margin of a position: units at the margin rate over the leverage, in minor units.</summary>
    public static long Margin(decimal units, decimal marginRate, decimal leverage) =>
        Minor(units * marginRate / leverage);

    /// <summary>Swap of one rollover, in minor units, signed.</summary>
    public static long Swap(
        SymbolSpec spec,
        TradeSide side,
        decimal units,
        decimal price,
        decimal quoteToDeposit,
        int times
    )
    {
        var rate = side == TradeSide.Buy ? spec.SwapLong : spec.SwapShort;
        var amount = spec.SwapType switch
        {
            SwapType.Pips => rate * spec.Pip * units * quoteToDeposit,
            SwapType.Points => rate * spec.Point * units * quoteToDeposit,
            SwapType.Percentage => units * price * quoteToDeposit * rate / 100m / 365m,
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.SwapType, "unknown unit of swap"),
        };
        return Minor(amount * times);
    }

    /// <summary>Fee for turning a result in another currency into the deposit currency; negative or zero.</summary>
    public static long ConversionFee(long gross, int feeRate) => -Minor(Math.Abs(Major(gross)) * feeRate / 10_000m);

    /// <summary>The share of an amount that goes with a part of the volume.</summary>
    public static long Share(long amount, long part, long whole) =>
        (long)decimal.Round((decimal)amount * part / whole, 0, MidpointRounding.AwayFromZero);

    /// <summary>Entry price after adding to a position: weighted by volume, kept to eight decimals so that a double carries it.</summary>
    public static decimal Average(decimal price, long volume, decimal added, long addedVolume) =>
        decimal.Round(
            (price * volume + added * addedVolume) / (volume + addedVolume),
            8,
            MidpointRounding.AwayFromZero
        );
}

/// <summary>The rates one commission needs.</summary>
internal readonly record struct CommissionRates(decimal BaseToUsd, decimal UsdToDeposit, decimal QuoteToDeposit);
