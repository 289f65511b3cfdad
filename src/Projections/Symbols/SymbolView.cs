using Trading.Domain;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Symbols;

/// <summary>What the broker offers to one account.</summary>
public sealed record SymbolListView : IStamped
{
    /// <summary>Whose account.</summary>
    public required UserKey User { get; init; }

    /// <summary>To which account.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The symbols in alphabetical order.</summary>
    public required IReadOnlyList<SymbolView> Symbols { get; init; }

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }
}

/// <summary>One symbol's specification.</summary>
public sealed record SymbolView
{
    /// <summary>As the broker lists it.</summary>
    public required SymbolName Name { get; init; }

    /// <summary>The symbol's number at the broker.</summary>
    public required long SymbolId { get; init; }

    /// <summary>What is bought and sold.</summary>
    public required string BaseAsset { get; init; }

    /// <summary>What it is paid in.</summary>
    public required string QuoteAsset { get; init; }

    /// <summary>Decimals of a displayed price.</summary>
    public required int Digits { get; init; }

    /// <summary>The decimal that a pip stands on.</summary>
    public required int PipPosition { get; init; }

    /// <summary>One lot in hundredths of a base unit.</summary>
    public required long LotSize { get; init; }

    /// <summary>Hundredths of a base unit.</summary>
    public required long MinVolume { get; init; }

    /// <summary>Hundredths of a base unit.</summary>
    public required long MaxVolume { get; init; }

    /// <summary>Hundredths of a base unit.</summary>
    public required long StepVolume { get; init; }

    /// <summary>For example Forex.</summary>
    public required string AssetClass { get; init; }

    /// <summary>The broker's own group within the class.</summary>
    public required string Category { get; init; }

    /// <summary>For people.</summary>
    public required string Description { get; init; }

    /// <summary>False when it is listed but not to be traded.</summary>
    public required bool Enabled { get; init; }
}
