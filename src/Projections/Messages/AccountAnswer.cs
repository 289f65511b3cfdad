using System.Text.Json.Serialization;
using Trading.Domain.Accounts;
using Trading.Domain.Events;
using Trading.Projections.Accounts;

namespace Trading.Projections.Messages;

/// <summary>An account as its user sees it. Money is in the account's currency, exact; a figure that cannot be known is
/// null, and <see cref="Missing"/> says for want of what.</summary>
public sealed record AccountAnswer
{
    /// <summary>The broker's id.</summary>
    public required string AccountId { get; init; }

    /// <summary>The number the broker shows to the user.</summary>
    public required string Login { get; init; }

    /// <summary>The broker's name.</summary>
    public required string Broker { get; init; }

    /// <summary>A demo account.</summary>
    public required bool IsDemo { get; init; }

    /// <summary>Deposit currency, for example USD.</summary>
    public required string Currency { get; init; }

    /// <summary>Cash.</summary>
    public required decimal Balance { get; init; }

    /// <summary>Balance and all open profits; null without a price for every position.</summary>
    public required decimal? Equity { get; init; }

    /// <summary>100 stands for 1:100; null when unknown.</summary>
    public required decimal? Leverage { get; init; }

    /// <summary>Margin in use.</summary>
    public required decimal? UsedMargin { get; init; }

    /// <summary>Equity less used margin.</summary>
    public required decimal? FreeMargin { get; init; }

    /// <summary>Equity over used margin, in percent; null when no margin is used.</summary>
    public required decimal? MarginLevel { get; init; }

    /// <summary>Open profits with swap and commission.</summary>
    public required decimal? UnrealizedProfit { get; init; }

    /// <summary>How many positions are open.</summary>
    public required int Positions { get; init; }

    /// <summary>What stands in the way of null figures; empty when all is known.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The journal offset that last changed this account.</summary>
    public required long Offset { get; init; }

    /// <summary>What this is the answer for; null when it is how things stand now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AsOf? AsOf { get; init; }

    /// <summary>True: the answer comes from the read model. False: it was folded from the log.</summary>
    [JsonPropertyName("_cache")]
    public bool Cache { get; init; } = true;

    /// <summary>When the read model was last written, Unix milliseconds; of a past answer, when the account had last changed.
    /// </summary>
    [JsonPropertyName("_cacheTimestamp")]
    public required long CacheTimestamp { get; init; }

    /// <summary>The answer for an account that is known, at its worth now.</summary>
    public static AccountAnswer Of(AccountView account, Valuation worth) =>
        new()
        {
            AccountId = account.Account.Value,
            Login = account.Login,
            Broker = account.BrokerName,
            IsDemo = account.Environment == BrokerEnvironment.Demo,
            Currency = account.Currency,
            Balance = account.Balance ?? throw new ArgumentException("The account is not known yet.", nameof(account)),
            Equity = worth.Equity,
            Leverage = account.LeverageInCents == 0 ? null : account.LeverageInCents / 100m,
            UsedMargin = worth.UsedMargin,
            FreeMargin = worth.FreeMargin,
            MarginLevel = worth.MarginLevel,
            UnrealizedProfit = worth.NetProfit,
            Positions = account.Positions.Count,
            Missing = worth.Missing,
            Offset = account.Stamp.Offset.Value,
            CacheTimestamp = account.Stamp.WrittenAt.ToUnixTimeMilliseconds(),
        };
}
