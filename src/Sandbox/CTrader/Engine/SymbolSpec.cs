namespace Trading.Sandbox.CTrader.Engine;

/// <summary>What the broker says about one instrument; never changes while the server runs.</summary>
internal sealed record SymbolSpec
{
    public required long Id { get; init; }
    public required string Name { get; init; }
    public required string Description { get; init; }
    public required Asset Base { get; init; }
    public required Asset Quote { get; init; }
    public required long CategoryId { get; init; }

    /// <summary>Decimals of a price; one point is 10^-digits.</summary>
    public required int Digits { get; init; }

    /// <summary>Decimals of a pip.</summary>
    public required int PipPosition { get; init; }

    /// <summary>Hundredths of a base unit in one lot.</summary>
    public required long LotSize { get; init; }
    public required long MinVolume { get; init; }
    public required long StepVolume { get; init; }
    public required long MaxVolume { get; init; }
    public long MaxExposure { get; init; } = 10_000_000_000;
    public CommissionType CommissionType { get; init; } = CommissionType.UsdPerLot;

    /// <summary>Rate times 10^8, or times 10^5 and in percent for <see cref="CommissionType.PercentageOfValue"/>.</summary>
    public long CommissionRate { get; init; }
    public decimal SwapLong { get; init; }
    public decimal SwapShort { get; init; }
    public SwapType SwapType { get; init; } = SwapType.Pips;

    /// <summary>Hundredths of a percent of the realised gross, charged when the quote asset is not the account's.</summary>
    public int PnlConversionFeeRate { get; init; }

    /// <summary>Dollars per lot and day of a swap-free account.</summary>
    public long RolloverCommission { get; init; }
    public long LeverageId { get; init; } = 1020;

    /// <summary>Price the seeded walk starts from, and of the quote before any recorded line is read.</summary>
    public required decimal StartPrice { get; init; }

    /// <summary>Spread of the walk, in points.</summary>
    public required int SpreadPoints { get; init; }
    public string ScheduleTimeZone { get; init; } = "UTC";
    public required IReadOnlyList<(uint Start, uint End)> Schedule { get; init; }
    public string? MeasurementUnits { get; init; }

    /// <summary>One point in the fixed 1/100000 price unit of the protocol.</summary>
    public long PointP5 => Price.PowerOfTen(5 - Digits);

    public decimal Point => 1m / Price.PowerOfTen(Digits);

    public decimal Pip => 1m / Price.PowerOfTen(PipPosition);
}
