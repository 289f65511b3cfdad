using System.Collections.Immutable;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>What is known about one broker account: enough to recognise news and to reconcile. The event messages it holds
/// are never changed.</summary>
public sealed record AccountBook
{
    /// <summary>The account.</summary>
    public required AccountId Account { get; init; }

    /// <summary>What kind of account, without the broker's bytes; null before it was described.</summary>
    public AccountDescribed? Description { get; init; }

    /// <summary>A first balance has been recorded. Before that, live reports are not taken in: the first snapshot
    /// contains them.</summary>
    public bool Opened { get; init; }

    /// <summary>When the first balance was recorded, Unix milliseconds. What was traded before is not ours to record: it is
    /// contained in the opening.</summary>
    public long OpenedAtMs { get; init; }

    /// <summary>The broker's counter of balance changes at the opening.</summary>
    public long OpenedVersion { get; init; }

    /// <summary>Cash balance in the deposit currency: the sum of all recorded deltas.</summary>
    public decimal Balance { get; init; }

    /// <summary>The broker's counter at the last balance change; 0 when it gave none.</summary>
    public long BalanceVersion { get; init; }

    /// <summary>When the balance changed last, Unix milliseconds.</summary>
    public long BalanceAtMs { get; init; }

    /// <summary>Leverage × 100; 0 before it is known.</summary>
    public uint LeverageInCents { get; init; }

    /// <summary>Bonuses, without the broker's bytes; null before any was recorded.</summary>
    public BonusChanged? Bonus { get; init; }

    /// <summary>What can be traded.</summary>
    public SymbolCatalog Symbols { get; init; } = SymbolCatalog.Empty;

    /// <summary>Open positions by id.</summary>
    public ImmutableDictionary<string, PositionDetails> Positions { get; init; } =
        ImmutableDictionary<string, PositionDetails>.Empty;

    /// <summary>Working orders by id; an ended order leaves.</summary>
    public ImmutableDictionary<string, OrderDetails> Orders { get; init; } =
        ImmutableDictionary<string, OrderDetails>.Empty;

    /// <summary>Deals recorded lately.</summary>
    public RecentIds Deals { get; init; } = RecentIds.Empty;

    /// <summary>Cash movements recorded lately.</summary>
    public RecentIds Movements { get; init; } = RecentIds.Empty;

    /// <summary>Positions closed lately: a late message must not open one again.</summary>
    public RecentIds ClosedPositions { get; init; } = RecentIds.Empty;

    /// <summary>Orders ended lately, each with its <see cref="OrderStatus"/>.</summary>
    public RecentIds EndedOrders { get; init; } = RecentIds.Empty;

    /// <summary>Refusals recorded lately; they have no id at the broker.</summary>
    public RecentIds Refusals { get; init; } = RecentIds.Empty;

    /// <summary>Up to here the account's history is known, Unix milliseconds; 0 before the first connection.</summary>
    public long WatermarkMs { get; init; }

    /// <summary>Where an order stands.</summary>
    public OrderStatus StatusOf(string orderId) =>
        Orders.TryGetValue(orderId, out var order)
            ? order.ExecutedVolume > 0
                ? OrderStatus.PartlyFilled
                : OrderStatus.Working
            : (OrderStatus)(EndedOrders.TagOf(orderId) ?? (int)OrderStatus.Unknown);

    /// <summary>The symbols whose prices value the open positions in the account's currency.</summary>
    public ImmutableHashSet<SymbolName> NeededSymbols() =>
        Positions
            .Values.SelectMany(position => Symbols.NeededFor(position.Symbol, Description?.Currency ?? ""))
            .Select(name => new SymbolName(name))
            .ToImmutableHashSet();
}
