using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Positions;

/// <summary>A position, open or closed, as the broker last stated it.</summary>
public sealed record PositionView : IStamped
{
    /// <summary>Whose it is.</summary>
    public required UserKey User { get; init; }

    /// <summary>In which account.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The broker's id.</summary>
    public required PositionId Id { get; init; }

    /// <summary>The symbol's number at the broker.</summary>
    public long SymbolId { get; init; }

    /// <summary>The symbol.</summary>
    public SymbolName Symbol { get; init; } = new("");

    /// <summary>Bought or sold.</summary>
    public Side Side { get; init; }

    /// <summary>Hundredths of a base unit; of a closed position, what was open last.</summary>
    public long Volume { get; init; }

    /// <summary>Volume-weighted entry.</summary>
    public decimal Price { get; init; }

    /// <summary>Null when no such protection stands.</summary>
    public decimal? StopLoss { get; init; }

    /// <summary>Null when no such protection stands.</summary>
    public decimal? TakeProfit { get; init; }

    /// <summary>Accrued so far in account currency; negative costs.</summary>
    public decimal Swap { get; init; }

    /// <summary>In account currency; negative costs.</summary>
    public decimal Commission { get; init; }

    /// <summary>In account currency; null when the broker did not say.</summary>
    public decimal? UsedMargin { get; init; }

    /// <summary>By the broker's clock; null when not told.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>The user's label.</summary>
    public string Label { get; init; } = "";

    /// <summary>The user's comment.</summary>
    public string Comment { get; init; } = "";

    /// <summary>True until it is closed.</summary>
    public bool IsOpen { get; init; } = true;

    /// <summary>By the broker's clock; null while open or when not told.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>deal or reconciled; empty while open.</summary>
    public string CloseCause { get; init; } = "";

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }
}
