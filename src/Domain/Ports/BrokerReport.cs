using Trading.Domain.Events;

namespace Trading.Domain.Ports;

/// <summary>What a link reports. Contract messages of <c>proto/events</c> are used for what the broker states; their
/// <c>account_id</c> is filled in, their <c>source</c> holds the broker's bytes.</summary>
public abstract record BrokerReport
{
    private BrokerReport() { }

    /// <summary>When it happened, by the broker's clock where the message tells, otherwise by ours.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>A try to connect begins. Attempts count from 1 after each loss.</summary>
    public sealed record LinkOpening(int Attempt) : BrokerReport;

    /// <summary>Connected, authorised and reconciled. Reports after this one happened after the snapshot was taken.</summary>
    public sealed record LinkUp(int Attempt, AccountSnapshot Snapshot) : BrokerReport;

    /// <summary>The link broke or a try failed; it goes on trying. <paramref name="Slow"/>: the quick retries are used up.
    /// </summary>
    public sealed record LinkDown(string Reason, string Code, int Attempts, bool Slow) : BrokerReport;

    /// <summary>The broker refused for good; the link has stopped. <paramref name="NeedsConsent"/>: the grant is gone and the
    /// user must give a new one.</summary>
    public sealed record LinkRefused(string Code, string Detail, bool NeedsConsent) : BrokerReport;

    /// <summary>A new pair of tokens. The link waits for <see cref="IBrokerLink.CredentialsStored"/> before it uses them.
    /// </summary>
    public sealed record CredentialsRenewed(BrokerCredentials Credentials) : BrokerReport;

    /// <summary>A step in the life of an order, with the position and the deal it touched.</summary>
    public sealed record OrderStep(
        OrderStepKind Kind,
        OrderDetails? Order,
        PositionReport? Position,
        DealExecuted? Deal,
        string ErrorCode,
        BrokerMessage Source
    ) : BrokerReport;

    /// <summary>The broker refused a trading request before there was an order.</summary>
    public sealed record OrderRefused(string OrderId, string Code, string Description, BrokerMessage Source)
        : BrokerReport;

    /// <summary>Money came in or went out.</summary>
    public sealed record CashMoved(CashMovement Movement) : BrokerReport;

    /// <summary>Bonuses after a movement.</summary>
    public sealed record BonusMoved(BonusChanged Bonus) : BrokerReport;

    /// <summary>Swap was charged to a position.</summary>
    public sealed record SwapAccrued(PositionDetails Position, BrokerMessage Source) : BrokerReport;

    /// <summary>The account's settings or balance, complete.</summary>
    public sealed record AccountReported(AccountState Account) : BrokerReport;

    /// <summary>The used margin of one position was computed anew.</summary>
    public sealed record MarginReported(MarginChanged Margin) : BrokerReport;

    /// <summary>A trailing stop moved with the market.</summary>
    public sealed record TrailingStopMoved(PositionId Position, DecimalValue StopPrice, BrokerMessage Source)
        : BrokerReport;

    /// <summary>The symbols or their specifications changed.</summary>
    public sealed record SymbolsReported(SymbolsListed Symbols) : BrokerReport;
}

/// <summary>What happened to an order.</summary>
public enum OrderStepKind
{
    /// <summary>Validated and working.</summary>
    Accepted,

    /// <summary>Filled completely.</summary>
    Filled,

    /// <summary>A part was filled.</summary>
    PartiallyFilled,

    /// <summary>Amended.</summary>
    Amended,

    /// <summary>Cancelled.</summary>
    Cancelled,

    /// <summary>Its time ran out.</summary>
    Expired,

    /// <summary>Refused after it was taken.</summary>
    Rejected,

    /// <summary>Its cancellation was refused.</summary>
    CancelRejected,
}

/// <summary>A position as a report states it.</summary>
/// <param name="Status">Open, closed, or the empty shell of a working order.</param>
/// <param name="Details">The position; its volume is 0 unless it is open.</param>
/// <param name="ClosedAtMs">Unix milliseconds; 0 unless closed.</param>
public sealed record PositionReport(PositionStatus Status, PositionDetails Details, long ClosedAtMs);

/// <summary>Where a position stands.</summary>
public enum PositionStatus
{
    /// <summary>An empty shell made for a working order: not a position to anybody.</summary>
    Shell,

    /// <summary>Open.</summary>
    Open,

    /// <summary>Closed.</summary>
    Closed,
}

/// <summary>The account's own figures at one moment.</summary>
public sealed record AccountState(
    AccountDescribed Description,
    DecimalValue Balance,
    long BalanceVersion,
    uint LeverageInCents,
    BonusChanged Bonus,
    BrokerMessage Source
);

/// <summary>A deposit or withdrawal; <paramref name="Delta"/> is signed.</summary>
public sealed record CashMovement(
    string MovementId,
    string Operation,
    DecimalValue Delta,
    DecimalValue Balance,
    long BalanceVersion,
    string Note,
    DateTimeOffset At,
    BrokerMessage Source
);

/// <summary>Everything the broker says about an account on connecting.</summary>
public sealed record AccountSnapshot
{
    /// <summary>Account settings, balance, leverage, bonuses.</summary>
    public required AccountState Account { get; init; }

    /// <summary>Open positions with the bytes of each.</summary>
    public required IReadOnlyList<Observed<PositionDetails>> Positions { get; init; }

    /// <summary>Working orders with the bytes of each.</summary>
    public required IReadOnlyList<Observed<OrderDetails>> Orders { get; init; }

    /// <summary>Deals since <see cref="LinkSettings.RecoverSince"/> with some overlap, oldest first.</summary>
    public required IReadOnlyList<DealExecuted> Deals { get; init; }

    /// <summary>Cash movements since then with some overlap, oldest first.</summary>
    public required IReadOnlyList<CashMovement> CashMovements { get; init; }

    /// <summary>Orders touched since then with some overlap, as the broker states them by now.</summary>
    public IReadOnlyList<PastOrder> PastOrders { get; init; } = [];

    /// <summary>What the broker could not tell of that time.</summary>
    public IReadOnlyList<HistoryGap> Gaps { get; init; } = [];

    /// <summary>What can be traded, and how to convert.</summary>
    public required SymbolsListed Symbols { get; init; }

    /// <summary>The whole answer that listed positions and orders: the evidence for what is no longer listed. Null when the
    /// broker gives no such answer.</summary>
    public BrokerMessage? Source { get; init; }
}

/// <summary>An order of the broker's history.</summary>
/// <param name="Details">As it stands by now.</param>
/// <param name="Step">The step that brought it there; <see cref="OrderStepKind.Accepted"/> while it works.</param>
/// <param name="Source">The broker's words.</param>
public sealed record PastOrder(OrderDetails Details, OrderStepKind Step, BrokerMessage Source);

/// <summary>A part of the broker's history that it would not or could not tell.</summary>
/// <param name="Subject">deals, orders or cash_movements.</param>
/// <param name="FromMs">Unix milliseconds.</param>
/// <param name="ToMs">Unix milliseconds.</param>
/// <param name="Code">The broker's error code, or TOO_MANY_ROWS when a part could not be reached.</param>
/// <param name="Detail">The broker's words.</param>
public sealed record HistoryGap(string Subject, long FromMs, long ToMs, string Code, string Detail);

/// <summary>A thing and the broker's words for it.</summary>
public sealed record Observed<T>(T Value, BrokerMessage Source);
