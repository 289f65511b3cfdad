using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;

namespace Trading.Projections.Tests.Kit;

/// <summary>Events as the write side makes them.</summary>
internal static class Some
{
    public const string Account = "5150705";

    public static readonly UserKey Alice = UserKey.Of("alice@example.com");
    public static readonly UserKey Bob = UserKey.Of("bob@example.com");

    public static SessionStarted Started(UserKey user, string account = Account) =>
        new()
        {
            UserKey = user.Value,
            Broker = "ctrader",
            AccountId = account,
            Environment = BrokerEnvironment.Demo,
            RequestedBy = "bridge",
        };

    public static AccountDescribed Described(UserKey user, string account = Account, string currency = "USD") =>
        new()
        {
            AccountId = account,
            UserKey = user.Value,
            Environment = BrokerEnvironment.Demo,
            Currency = currency,
            MoneyDigits = 2,
            Login = "3000111",
            BrokerName = "Sandbox",
            AccountType = "hedged",
            AccessRights = "full_access",
            MarginRule = MarginRule.Max,
            RegisteredAtMs = 1_600_000_000_000,
        };

    public static BalanceChanged Balance(decimal balance, decimal delta, string account = Account, long version = 1) =>
        new()
        {
            AccountId = account,
            Balance = balance.ToEvent(),
            Delta = delta.ToEvent(),
            BalanceVersion = version,
            Cause = BalanceCause.Deal,
        };

    public static PositionDetails Position(
        string id,
        string symbol = "EURUSD",
        Side side = Side.Buy,
        decimal price = 1.1m,
        long volume = 1_000_000
    ) =>
        new()
        {
            PositionId = id,
            SymbolId = 1,
            Symbol = symbol,
            Side = side,
            Volume = volume,
            Price = price.ToEvent(),
            Swap = 0m.ToEvent(),
            Commission = (-0.25m).ToEvent(),
            UsedMargin = 110.00m.ToEvent(),
            MarginRate = 1.1m.ToEvent(),
            OpenedAtMs = 1_700_000_000_000,
            Label = "mine",
        };

    public static PositionOpened Opened(PositionDetails position, string account = Account) =>
        new() { AccountId = account, Position = position };

    public static PositionClosed Closed(string id, string account = Account) =>
        new()
        {
            AccountId = account,
            PositionId = id,
            Symbol = "EURUSD",
            ClosedAtMs = 1_700_000_100_000,
            Cause = "deal",
        };

    public static SymbolsListed Symbols(string account = Account) =>
        new()
        {
            AccountId = account,
            Symbols =
            {
                Symbol(1, "EURUSD", "EUR", "USD", 5),
                Symbol(2, "USDJPY", "USD", "JPY", 3),
                Symbol(3, "EURGBP", "EUR", "GBP", 5),
                Symbol(4, "GBPUSD", "GBP", "USD", 5),
            },
            Conversions =
            {
                new ConversionChain
                {
                    FromAsset = "JPY",
                    ToAsset = "USD",
                    Symbols = { "USDJPY" },
                },
                new ConversionChain
                {
                    FromAsset = "GBP",
                    ToAsset = "USD",
                    Symbols = { "GBPUSD" },
                },
            },
        };

    public static OrderDetails Order(string id, long executed = 0) =>
        new()
        {
            OrderId = id,
            SymbolId = 1,
            Symbol = "EURUSD",
            Side = Side.Buy,
            Type = "limit",
            Volume = 1_000_000,
            ExecutedVolume = executed,
            LimitPrice = 1.05m.ToEvent(),
            TimeInForce = "good_till_cancel",
            CreatedAtMs = 1_700_000_000_000,
            ClientOrderId = "mine-1",
        };

    public static DealExecuted Deal(string id) =>
        new()
        {
            AccountId = Account,
            DealId = id,
            OrderId = "o1",
            PositionId = "p1",
            SymbolId = 1,
            Symbol = "EURUSD",
            Side = Side.Buy,
            Volume = 1_000_000,
            FilledVolume = 1_000_000,
            Price = 1.1m.ToEvent(),
            Commission = (-0.25m).ToEvent(),
            Status = "filled",
            CreatedAtMs = 1_700_000_000_000,
            ExecutedAtMs = 1_700_000_000_100,
        };

    /// <summary>What a first connection of a user's session brings.</summary>
    public static IMessage[] Connected(UserKey user, decimal balance = 10_000m) =>
        [
            Started(user),
            Described(user),
            Symbols(),
            new LeverageChanged { AccountId = Account, LeverageInCents = 10_000 },
            Balance(balance, balance),
            new SessionConnected { AccountId = Account, Attempt = 1 },
        ];

    private static SymbolSpecification Symbol(long id, string name, string @base, string quote, int digits) =>
        new()
        {
            SymbolId = id,
            Name = name,
            BaseAsset = @base,
            QuoteAsset = quote,
            Digits = digits,
            PipPosition = digits - 1,
            LotSize = 10_000_000,
            MinVolume = 100_000,
            MaxVolume = 1_000_000_000,
            StepVolume = 100_000,
            AssetClass = "Forex",
            Category = "Majors",
            Description = name,
            Enabled = true,
        };
}
