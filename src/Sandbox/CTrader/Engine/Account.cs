namespace Trading.Sandbox.CTrader.Engine;

/// <summary>One trading account: its money, what it holds and its history. Changed only by the desks of the broker.</summary>
internal sealed class Account
{
    public required long Id { get; init; }
    public required long Login { get; init; }
    public required long UserId { get; init; }
    public required Asset Currency { get; init; }
    public required long RegisteredAt { get; init; }
    public bool IsLive { get; init; }
    public AccountType Type { get; init; } = AccountType.Hedged;
    public bool SwapFree { get; init; }
    public MarginRule MarginRule { get; init; } = MarginRule.Max;
    public StopOutStrategy StopOutStrategy { get; init; } = StopOutStrategy.MostMarginUsedFirst;
    public uint LeverageInCents { get; set; } = 10_000;
    public AccessRights AccessRights { get; set; } = AccessRights.FullAccess;

    /// <summary>A disabled account cannot be authorised any more.</summary>
    public bool Disabled { get; set; }

    /// <summary>Minor units, two decimals in every account of this broker.</summary>
    public long Balance { get; set; }
    public long BalanceVersion { get; set; }

    public Dictionary<long, Position> Positions { get; } = [];
    public Dictionary<long, Order> Working { get; } = [];

    /// <summary>Every order ever accepted, in its latest state, by id.</summary>
    public SortedDictionary<long, Order> Orders { get; } = [];
    public List<Deal> Deals { get; } = [];
    public List<DealOffset> Offsets { get; } = [];
    public List<CashFlow> CashFlows { get; } = [];
    public SortedDictionary<int, MarginCallLevel> MarginCalls { get; } =
        new()
        {
            [61] = new(100m, 0, 0),
            [62] = new(75m, 0, 0),
            [63] = new(60m, 0, 0),
        };

    /// <summary>The highest of the margin calls: above it nobody has to be warned.</summary>
    public decimal WarnBelow { get; set; } = 100m;

    public IEnumerable<Position> OpenPositions =>
        Positions.Values.Where(p => p.Status == PositionStatus.PositionStatusOpen);

    /// <summary>Hundredths of account leverage to plain leverage: 10000 is 1:100.</summary>
    public decimal Leverage => LeverageInCents / 100m;
}

/// <summary>A margin level, in percent, at which the owner is warned, at most once in ten minutes.</summary>
internal sealed record MarginCallLevel(decimal Threshold, long UpdatedAt, long TriggeredAt);
