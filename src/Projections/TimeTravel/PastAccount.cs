using Trading.Domain;
using Trading.Domain.Accounts;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Accounts;
using Trading.Projections.Messages;
using Trading.Projections.Orders;

namespace Trading.Projections.TimeTravel;

/// <summary>An account as it was at a moment, with what says why.</summary>
public sealed record PastAccount
{
    /// <summary>The moment.</summary>
    public required AsOf AsOf { get; init; }

    /// <summary>The account with its open positions, as the read model had it.</summary>
    public required AccountView View { get; init; }

    /// <summary>The orders that could still be filled, oldest first; empty when they were not asked for.</summary>
    public required IReadOnlyList<OrderView> Orders { get; init; }

    /// <summary>The last tick, as of the moment, of each symbol that values the positions; a symbol without one is not there.
    /// </summary>
    public required IReadOnlyDictionary<SymbolName, PastTick> Prices { get; init; }

    /// <summary>The offset of the event that last changed each figure; null when it was not asked for.</summary>
    public required FigureTrail? Trail { get; init; }

    /// <summary>Why events before the moment are not in it, as the read models leave them out too; null when all are.
    /// </summary>
    public required string? Parked { get; init; }

    /// <summary>Equity, margin and profits at the moment's prices; null until the broker had described the account.</summary>
    public Valuation? Worth =>
        View.ValueAt(symbol =>
            Prices.TryGetValue(symbol, out var price) ? new Quote(price.Tick.Bid, price.Tick.Ask) : null
        );

    /// <summary>The newest price's place in the market log; 0 when none was needed or found.</summary>
    public Offset NewestPrice => Prices.Values.Select(price => price.Offset).DefaultIfEmpty().Max();

    /// <summary>The answer of <c>GET /account</c> at that moment; null until the account was known.</summary>
    public AccountAnswer? Answer() =>
        Worth is { } worth ? AccountAnswer.Of(View, worth) with { AsOf = AsOf, Cache = false } : null;

    /// <summary>The answer of <c>GET /positions</c> at that moment; null until the account was known.</summary>
    public PositionsAnswer? PositionsAnswer() =>
        Worth is { } worth ? Messages.PositionsAnswer.Of(View, worth) with { AsOf = AsOf, Cache = false } : null;

    /// <summary>The first frame that the account's socket would have begun with.</summary>
    public SnapshotMessage Snapshot() =>
        new("snapshot", AsOf.Offset, Answer(), PositionsAnswer()?.Positions ?? [], [.. Orders.Select(OrderAnswer.Of)]);
}
