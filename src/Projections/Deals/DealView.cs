using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Deals;

/// <summary>One fill.</summary>
public sealed record DealView : IStamped
{
    /// <summary>Whose it is.</summary>
    public required UserKey User { get; init; }

    /// <summary>In which account.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The broker's id.</summary>
    public required DealId Id { get; init; }

    /// <summary>The order that was filled.</summary>
    public required OrderId Order { get; init; }

    /// <summary>The position it opened, changed or closed.</summary>
    public required PositionId Position { get; init; }

    /// <summary>The symbol's number at the broker.</summary>
    public required long SymbolId { get; init; }

    /// <summary>The symbol.</summary>
    public required SymbolName Symbol { get; init; }

    /// <summary>Bought or sold.</summary>
    public required Side Side { get; init; }

    /// <summary>Asked for, hundredths of a base unit.</summary>
    public required long Volume { get; init; }

    /// <summary>Filled, hundredths of a base unit.</summary>
    public required long FilledVolume { get; init; }

    /// <summary>The price of the fill; null when nothing was filled.</summary>
    public required decimal? Price { get; init; }

    /// <summary>In account currency; negative costs.</summary>
    public required decimal Commission { get; init; }

    /// <summary>filled, partially_filled, rejected, internally_rejected, error or missed.</summary>
    public required string Status { get; init; }

    /// <summary>By the broker's clock.</summary>
    public required DateTimeOffset ExecutedAt { get; init; }

    /// <summary>True when it happened while no link stood and was read from the broker's history.</summary>
    public required bool Recovered { get; init; }

    /// <summary>What it closed; null when it closed nothing.</summary>
    public required ClosedView? Closed { get; init; }

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }
}

/// <summary>What a closing deal realised. Money in account currency, signed.</summary>
public sealed record ClosedView
{
    /// <summary>Volume-weighted entry of the closed part.</summary>
    public required decimal EntryPrice { get; init; }

    /// <summary>Before swap, commission and fee.</summary>
    public required decimal GrossProfit { get; init; }

    /// <summary>Swap of the closed part.</summary>
    public required decimal Swap { get; init; }

    /// <summary>Commission of both sides of the closed part.</summary>
    public required decimal Commission { get; init; }

    /// <summary>For converting the profit.</summary>
    public required decimal ConversionFee { get; init; }

    /// <summary>The balance after it.</summary>
    public required decimal Balance { get; init; }

    /// <summary>The closed part, hundredths of a base unit.</summary>
    public required long Volume { get; init; }
}
