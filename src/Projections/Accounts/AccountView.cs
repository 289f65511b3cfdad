using Trading.Domain;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Accounts;

/// <summary>One broker account of a user, with everything its equity depends on besides prices.</summary>
public sealed record AccountView : IStamped
{
    /// <summary>Whose it is.</summary>
    public required UserKey User { get; init; }

    /// <summary>The broker's id.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The offset at which the user last chose it; the account chosen last is the current one.</summary>
    public long SelectedOffset { get; init; }

    /// <summary>True once the broker has described the account and stated its balance.</summary>
    public bool IsKnown => Balance is not null && Currency.Length > 0;

    /// <summary>Demo or live: whose prices count.</summary>
    public BrokerEnvironment Environment { get; init; }

    /// <summary>Deposit currency, for example USD; empty until described.</summary>
    public string Currency { get; init; } = "";

    /// <summary>Decimals of the deposit currency.</summary>
    public int MoneyDigits { get; init; }

    /// <summary>The number the broker shows to the user.</summary>
    public string Login { get; init; } = "";

    /// <summary>The broker's name.</summary>
    public string BrokerName { get; init; } = "";

    /// <summary>hedged, netted or spread_betting.</summary>
    public string AccountType { get; init; } = "";

    /// <summary>full_access, close_only, no_trading or no_login.</summary>
    public string AccessRights { get; init; } = "";

    /// <summary>How two sides of one symbol add up in the used margin.</summary>
    public MarginRule MarginRule { get; init; }

    /// <summary>When the account was opened at the broker; null when not told.</summary>
    public DateTimeOffset? RegisteredAt { get; init; }

    /// <summary>Cash; null until the broker has stated it.</summary>
    public decimal? Balance { get; init; }

    /// <summary>The broker's counter of balance changes.</summary>
    public long BalanceVersion { get; init; }

    /// <summary>Leverage × 100: 10000 is 1:100; 0 when unknown.</summary>
    public uint LeverageInCents { get; init; }

    /// <summary>Bonus granted by the broker. Not part of equity: whether it counts differs by broker.</summary>
    public decimal ManagerBonus { get; init; }

    /// <summary>Bonus granted by an introducing broker.</summary>
    public decimal IbBonus { get; init; }

    /// <summary>Bonus that cannot be withdrawn.</summary>
    public decimal NonWithdrawableBonus { get; init; }

    /// <summary>The open positions, in the order they were opened.</summary>
    public IReadOnlyList<HeldPosition> Positions { get; init; } = [];

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }

    /// <summary>The assets and conversions that the broker lists, for positions yet to come; null when not read.</summary>
    internal byte[]? Markets { get; init; }

    /// <summary><see cref="Markets"/> differs from what the table holds.</summary>
    internal bool MarketsChanged { get; init; }

    /// <summary>Equity, margin and profits at given prices, those of <see cref="Environment"/>; null until the account is
    /// known.</summary>
    public Valuation? ValueAt(Func<SymbolName, Quote?> quoteOf) =>
        Balance is not { } balance || !IsKnown
            ? null
            : Valuation.Of(
                new()
                {
                    Balance = balance,
                    MoneyDigits = MoneyDigits,
                    MarginRule = MarginRule,
                    LeverageInCents = LeverageInCents,
                    Positions = Positions.Select(held => held.Position).ToArray(),
                },
                quoteOf
            );
}

/// <summary>An open position of an account.</summary>
public sealed record HeldPosition
{
    /// <summary>What its worth depends on.</summary>
    public required OpenPosition Position { get; init; }

    /// <summary>The symbol's number at the broker.</summary>
    public required long SymbolId { get; init; }

    /// <summary>Null when no such protection stands.</summary>
    public decimal? StopLoss { get; init; }

    /// <summary>Null when no such protection stands.</summary>
    public decimal? TakeProfit { get; init; }

    /// <summary>By the broker's clock; null when not told.</summary>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>The user's label.</summary>
    public string Label { get; init; } = "";

    /// <summary>The user's comment.</summary>
    public string Comment { get; init; } = "";

    /// <summary>The stop loss is guaranteed by the broker.</summary>
    public bool GuaranteedStopLoss { get; init; }

    /// <summary>The stop loss follows the market.</summary>
    public bool TrailingStopLoss { get; init; }
}
