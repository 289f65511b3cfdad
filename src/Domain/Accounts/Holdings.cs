using Trading.Domain.Events;

namespace Trading.Domain.Accounts;

/// <summary>What an account holds: all that equity depends on, besides prices.</summary>
public sealed record Holdings
{
    /// <summary>Cash in account currency.</summary>
    public required decimal Balance { get; init; }

    /// <summary>Decimals of the account currency, 0 to 8.</summary>
    public required int MoneyDigits { get; init; }

    /// <summary>How two sides of one symbol add up in the used margin.</summary>
    public required MarginRule MarginRule { get; init; }

    /// <summary>Leverage × 100: 10000 is 1:100; 0 when unknown.</summary>
    public required uint LeverageInCents { get; init; }

    /// <summary>The open positions.</summary>
    public required IReadOnlyList<OpenPosition> Positions { get; init; }
}

/// <summary>An open position as far as its worth is concerned.</summary>
public sealed record OpenPosition
{
    /// <summary>The broker's id.</summary>
    public required PositionId Id { get; init; }

    /// <summary>The symbol.</summary>
    public required SymbolName Symbol { get; init; }

    /// <summary>Bought or sold.</summary>
    public required Side Side { get; init; }

    /// <summary>Hundredths of a base unit, positive.</summary>
    public required long Volume { get; init; }

    /// <summary>Volume-weighted entry.</summary>
    public required decimal Price { get; init; }

    /// <summary>Accrued so far in account currency; negative costs.</summary>
    public required decimal Swap { get; init; }

    /// <summary>Of the opening side in account currency; negative costs.</summary>
    public required decimal Commission { get; init; }

    /// <summary>As the broker computed it, in account currency; null when it did not say.</summary>
    public required decimal? UsedMargin { get; init; }

    /// <summary>Base asset to account currency, as used for the margin; null when unknown.</summary>
    public required decimal? MarginRate { get; init; }

    /// <summary>The asset that the profit is made in; empty when the symbol is not listed.</summary>
    public required string QuoteAsset { get; init; }

    /// <summary>The way from the quote asset to the account currency; empty when they are the same, null when there is none.
    /// </summary>
    public required IReadOnlyList<ConversionStep>? Conversion { get; init; }
}
