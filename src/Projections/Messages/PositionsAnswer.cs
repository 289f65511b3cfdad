using System.Text.Json.Serialization;
using Trading.Domain.Accounts;
using Trading.Projections.Accounts;

namespace Trading.Projections.Messages;

/// <summary>The open positions of the user's account, oldest first.</summary>
public sealed record PositionsAnswer
{
    /// <summary>The account they are in.</summary>
    public required string AccountId { get; init; }

    /// <summary>Its currency: that of all money here.</summary>
    public required string Currency { get; init; }

    /// <summary>The positions.</summary>
    public required IReadOnlyList<PositionAnswer> Positions { get; init; }

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

    /// <summary>The answer for an account at its worth now.</summary>
    public static PositionsAnswer Of(AccountView account, Valuation worth) =>
        new()
        {
            AccountId = account.Account.Value,
            Currency = account.Currency,
            Positions = [.. account.Positions.Select((held, i) => PositionAnswer.Of(held, worth.Positions[i]))],
            Missing = worth.Missing,
            Offset = account.Stamp.Offset.Value,
            CacheTimestamp = account.Stamp.WrittenAt.ToUnixTimeMilliseconds(),
        };
}

/// <summary>One open position.</summary>
public sealed record PositionAnswer
{
    /// <summary>The broker's id.</summary>
    public required string PositionId { get; init; }

    /// <summary>The symbol.</summary>
    public required string Symbol { get; init; }

    /// <summary>buy or sell.</summary>
    public required string Side { get; init; }

    /// <summary>In base units: 100000 is one standard forex lot.</summary>
    public required decimal Volume { get; init; }

    /// <summary>Volume-weighted entry.</summary>
    public required decimal EntryPrice { get; init; }

    /// <summary>Where it would be closed now; null without a price.</summary>
    public required decimal? CurrentPrice { get; init; }

    /// <summary>Null when no such protection stands.</summary>
    public required decimal? StopLoss { get; init; }

    /// <summary>Null when no such protection stands.</summary>
    public required decimal? TakeProfit { get; init; }

    /// <summary>Accrued so far; negative costs.</summary>
    public required decimal Swap { get; init; }

    /// <summary>Negative costs.</summary>
    public required decimal Commission { get; init; }

    /// <summary>Null when the broker did not say.</summary>
    public required decimal? UsedMargin { get; init; }

    /// <summary>Before swap and commission; null without prices.</summary>
    public required decimal? GrossProfit { get; init; }

    /// <summary>After swap and commission; null without prices.</summary>
    public required decimal? UnrealizedProfit { get; init; }

    /// <summary>By the broker's clock; null when not told.</summary>
    public required DateTimeOffset? OpenedAt { get; init; }

    /// <summary>The user's label.</summary>
    public required string Label { get; init; }

    /// <summary>The user's comment.</summary>
    public required string Comment { get; init; }

    /// <summary>A position at its worth now.</summary>
    public static PositionAnswer Of(HeldPosition held, PositionValuation worth) =>
        new()
        {
            PositionId = held.Position.Id.Value,
            Symbol = held.Position.Symbol.Value,
            Side = held.Position.Side == Domain.Events.Side.Buy ? "buy" : "sell",
            Volume = held.Position.Volume / 100m,
            EntryPrice = held.Position.Price,
            CurrentPrice = worth.CurrentPrice,
            StopLoss = held.StopLoss,
            TakeProfit = held.TakeProfit,
            Swap = held.Position.Swap,
            Commission = held.Position.Commission,
            UsedMargin = held.Position.UsedMargin,
            GrossProfit = worth.GrossProfit,
            UnrealizedProfit = worth.NetProfit,
            OpenedAt = held.OpenedAt,
            Label = held.Label,
            Comment = held.Comment,
        };
}
