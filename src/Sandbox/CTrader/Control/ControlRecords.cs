using System.Text.Json.Serialization;
using Trading.Sandbox.CTrader.Faults;

namespace Trading.Sandbox.CTrader.Control;

/// <summary>The whole state of the sandbox at one moment.</summary>
/// <param name="Time">Server time, Unix milliseconds.</param>
/// <param name="Ticks">Quotes brought in since the start.</param>
/// <param name="Accounts">Every account.</param>
/// <param name="Connections">Every open connection.</param>
public sealed record SandboxState(
    long Time,
    long Ticks,
    IReadOnlyList<AccountState> Accounts,
    IReadOnlyList<ConnectionState> Connections
);

/// <summary>One account. Money in major units of its currency.</summary>
public sealed record AccountState
{
    /// <summary>The ctidTraderAccountId.</summary>
    public required long AccountId { get; init; }

    /// <summary>Number shown to the user.</summary>
    public required long Login { get; init; }

    /// <summary>Owner.</summary>
    public required long UserId { get; init; }

    /// <summary>Deposit currency.</summary>
    public required string Currency { get; init; }

    /// <summary>Leverage: 100 is 1:100.</summary>
    public required decimal Leverage { get; init; }

    /// <summary>Cash balance.</summary>
    public required decimal Balance { get; init; }

    /// <summary>Grows by one with every change of the balance.</summary>
    public required long BalanceVersion { get; init; }

    /// <summary>Price results of all open positions.</summary>
    public required decimal UnrealizedGross { get; init; }

    /// <summary>The same with swap and commission so far.</summary>
    public required decimal UnrealizedNet { get; init; }

    /// <summary>Balance plus net unrealised result.</summary>
    public required decimal Equity { get; init; }

    /// <summary>Margin in use under the account's rule.</summary>
    public required decimal UsedMargin { get; init; }

    /// <summary>Equity minus used margin.</summary>
    public required decimal FreeMargin { get; init; }

    /// <summary>Equity over used margin in percent; null without used margin.</summary>
    public required decimal? MarginLevel { get; init; }

    /// <summary>Open positions, by id.</summary>
    public required IReadOnlyList<PositionState> Positions { get; init; }

    /// <summary>Every order ever accepted, protective ones included, by id.</summary>
    public required IReadOnlyList<OrderState> Orders { get; init; }

    /// <summary>Every fill, oldest first.</summary>
    public required IReadOnlyList<DealState> Deals { get; init; }

    /// <summary>Every cash movement, oldest first.</summary>
    public required IReadOnlyList<CashFlowState> CashFlows { get; init; }
}

/// <summary>One open position.</summary>
public sealed record PositionState
{
    /// <summary>The id.</summary>
    public required long PositionId { get; init; }

    /// <summary>Symbol name.</summary>
    public required string Symbol { get; init; }

    /// <summary>BUY or SELL.</summary>
    public required string Side { get; init; }

    /// <summary>Hundredths of a base unit.</summary>
    public required long Volume { get; init; }

    /// <summary>Volume-weighted entry.</summary>
    public required decimal EntryPrice { get; init; }

    /// <summary>Stop loss, if any.</summary>
    public required decimal? StopLoss { get; init; }

    /// <summary>Take profit, if any.</summary>
    public required decimal? TakeProfit { get; init; }

    /// <summary>Interest accrued.</summary>
    public required decimal Swap { get; init; }

    /// <summary>Commission of the opening side, not realised yet.</summary>
    public required decimal Commission { get; init; }

    /// <summary>Margin it uses on its own.</summary>
    public required decimal UsedMargin { get; init; }

    /// <summary>Price result if closed now.</summary>
    public required decimal GrossUnrealized { get; init; }

    /// <summary>The same with swap and commission so far.</summary>
    public required decimal NetUnrealized { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long OpenTime { get; init; }
}

/// <summary>One order in its latest state.</summary>
public sealed record OrderState
{
    /// <summary>The id.</summary>
    public required long OrderId { get; init; }

    /// <summary>Position it serves.</summary>
    public required long PositionId { get; init; }

    /// <summary>Symbol name.</summary>
    public required string Symbol { get; init; }

    /// <summary>BUY or SELL.</summary>
    public required string Side { get; init; }

    /// <summary>MARKET, LIMIT, STOP, STOP_LOSS_TAKE_PROFIT, MARKET_RANGE, STOP_LIMIT.</summary>
    public required string Type { get; init; }

    /// <summary>ACCEPTED, FILLED, REJECTED, EXPIRED, CANCELLED.</summary>
    public required string Status { get; init; }

    /// <summary>Hundredths of a base unit.</summary>
    public required long Volume { get; init; }

    /// <summary>Filled so far.</summary>
    public required long ExecutedVolume { get; init; }

    /// <summary>Average fill price.</summary>
    public required decimal? ExecutionPrice { get; init; }

    /// <summary>Limit price, or the take profit of a protective order.</summary>
    public required decimal? LimitPrice { get; init; }

    /// <summary>Stop price, or the stop loss of a protective order.</summary>
    public required decimal? StopPrice { get; init; }

    /// <summary>The client's own id.</summary>
    public required string? ClientOrderId { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long UpdatedAt { get; init; }
}

/// <summary>One fill; the last six only when it closed something.</summary>
public sealed record DealState
{
    /// <summary>The id.</summary>
    public required long DealId { get; init; }

    /// <summary>Order filled.</summary>
    public required long OrderId { get; init; }

    /// <summary>Position touched.</summary>
    public required long PositionId { get; init; }

    /// <summary>Symbol name.</summary>
    public required string Symbol { get; init; }

    /// <summary>BUY or SELL.</summary>
    public required string Side { get; init; }

    /// <summary>Hundredths of a base unit.</summary>
    public required long Volume { get; init; }

    /// <summary>Price.</summary>
    public required decimal Price { get; init; }

    /// <summary>Commission of this side.</summary>
    public required decimal Commission { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long ExecutedAt { get; init; }

    /// <summary>Realised price result.</summary>
    public decimal? GrossProfit { get; init; }

    /// <summary>Realised interest.</summary>
    public decimal? Swap { get; init; }

    /// <summary>Realised commission, both sides.</summary>
    public decimal? RealizedCommission { get; init; }

    /// <summary>Fee for converting the result.</summary>
    public decimal? ConversionFee { get; init; }

    /// <summary>Balance after it.</summary>
    public decimal? Balance { get; init; }

    /// <summary>Version of that balance.</summary>
    public long? BalanceVersion { get; init; }
}

/// <summary>One cash movement.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Name of the operation.</param>
/// <param name="Delta">Amount, negative when cash left.</param>
/// <param name="Balance">Balance after it.</param>
/// <param name="BalanceVersion">Version of that balance.</param>
/// <param name="Time">Unix milliseconds.</param>
public sealed record CashFlowState(
    long Id,
    string Kind,
    decimal Delta,
    decimal Balance,
    long BalanceVersion,
    long Time
);

/// <summary>One open connection.</summary>
/// <param name="ConnectionId">Counts from 1.</param>
/// <param name="Peer">Address of the client.</param>
/// <param name="IsApplicationAuthorised">Whether the application has logged in.</param>
/// <param name="IsStalled">Whether it was told to send nothing.</param>
/// <param name="FramesSent">Frames handed to the socket or waiting for it.</param>
/// <param name="PendingBytes">Bytes the client has not taken.</param>
/// <param name="Sessions">Accounts authorised, with the symbols subscribed.</param>
public sealed record ConnectionState(
    long ConnectionId,
    string Peer,
    bool IsApplicationAuthorised,
    bool IsStalled,
    long FramesSent,
    int PendingBytes,
    IReadOnlyList<SessionState> Sessions
);

/// <summary>One account on one connection.</summary>
/// <param name="AccountId">The ctidTraderAccountId.</param>
/// <param name="Symbols">Names of the symbols whose quotes are subscribed.</param>
public sealed record SessionState(long AccountId, IReadOnlyList<string> Symbols);

/// <summary>The quote of a symbol.</summary>
/// <param name="Symbol">Name.</param>
/// <param name="SymbolId">Id on the wire.</param>
/// <param name="Bid">Bid.</param>
/// <param name="Ask">Ask.</param>
/// <param name="Time">Unix milliseconds.</param>
public sealed record QuoteState(string Symbol, long SymbolId, decimal Bid, decimal Ask, long Time);

/// <summary>A refusal by the broker; both null when the command was taken.</summary>
/// <param name="ErrorCode">Name of the error.</param>
/// <param name="Description">Text.</param>
public sealed record CommandOutcome(string? ErrorCode, string? Description)
{
    /// <summary>Whether the broker took the command.</summary>
    public bool Accepted => ErrorCode is null;
}

/// <summary>An order somebody else places on an account, as from a terminal.</summary>
public sealed record TerminalOrder
{
    /// <summary>Symbol name.</summary>
    public required string Symbol { get; init; }

    /// <summary>True to buy.</summary>
    public bool Buy { get; init; } = true;

    /// <summary>Hundredths of a base unit.</summary>
    public required long Volume { get; init; }

    /// <summary>Makes it a limit order.</summary>
    public decimal? LimitPrice { get; init; }

    /// <summary>Makes it a stop order.</summary>
    public decimal? StopPrice { get; init; }

    /// <summary>Stop loss distance in 1/100000.</summary>
    public long? RelativeStopLoss { get; init; }

    /// <summary>Take profit distance in 1/100000.</summary>
    public long? RelativeTakeProfit { get; init; }

    /// <summary>Expiry, Unix milliseconds.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>Message id of the terminal, which the events then carry.</summary>
    public string? ClientMsgId { get; init; }
}

/// <summary>Tokens as the sandbox knows them.</summary>
/// <param name="AccessToken">Current access token.</param>
/// <param name="RefreshToken">Current refresh token.</param>
/// <param name="ExpiresAt">End of the access token, Unix milliseconds.</param>
public sealed record TokenPair(string AccessToken, string RefreshToken, long ExpiresAt);

/// <summary>What the executable prints once it serves.</summary>
internal sealed record Started(int Port, int ControlPort, string? Ca);

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(SandboxState))]
[JsonSerializable(typeof(AccountState))]
[JsonSerializable(typeof(IReadOnlyList<ConnectionState>))]
[JsonSerializable(typeof(IReadOnlyList<QuoteState>))]
[JsonSerializable(typeof(IReadOnlyList<FaultRule>))]
[JsonSerializable(typeof(QuoteState))]
[JsonSerializable(typeof(CommandOutcome))]
[JsonSerializable(typeof(TerminalOrder))]
[JsonSerializable(typeof(TokenPair))]
[JsonSerializable(typeof(FaultRule))]
[JsonSerializable(typeof(Started))]
[JsonSerializable(typeof(OAuth.TokenAnswer))]
internal sealed partial class ControlJson : JsonSerializerContext;
