namespace Trading.Sandbox.CTrader;

/// <summary>The users a sandbox has when nothing else is asked for.</summary>
public static class DefaultWorld
{
    /// <summary>The demo user with a dollar and a euro account, two more traders, and a user for the price feed.</summary>
    public static IReadOnlyList<SandboxUser> Users { get; } =
    [
        new SandboxUser("Demo Trader")
        {
            AccessToken = "demo-access-token",
            RefreshToken = "demo-refresh-token",
            Accounts =
            [
                new SandboxAccount(5_150_705)
                {
                    Positions =
                    [
                        new SandboxPosition("EURUSD", 1_000_000)
                        {
                            RelativeStopLoss = 2_000,
                            RelativeTakeProfit = 4_000,
                        },
                        new SandboxPosition("XAUUSD", -200),
                    ],
                },
                new SandboxAccount(5_150_706)
                {
                    Currency = "EUR",
                    Balance = 25_000m,
                    Leverage = 30,
                },
            ],
        },
        new SandboxUser("Second Trader")
        {
            AccessToken = "trader-2-access-token",
            RefreshToken = "trader-2-refresh-token",
            Accounts = [new SandboxAccount(5_150_712) { Balance = 50_000m, Leverage = 200 }],
        },
        new SandboxUser("Third Trader")
        {
            AccessToken = "trader-3-access-token",
            RefreshToken = "trader-3-refresh-token",
            Accounts =
            [
                new SandboxAccount(5_150_723)
                {
                    Balance = 5_000m,
                    Leverage = 50,
                    Netted = true,
                },
            ],
        },
        new SandboxUser("Price Feed")
        {
            AccessToken = "feed-access-token",
            RefreshToken = "feed-refresh-token",
            MayTrade = false,
            Accounts = [new SandboxAccount(5_150_700) { Balance = 1_000m }],
        },
    ];

    /// <summary>As many more users as a test wants, one dollar account each: <c>trader-N-access-token</c>, account 6,000,000 + N.</summary>
    /// <param name="count">How many; the first has N = 1.</param>
    public static IReadOnlyList<SandboxUser> Traders(int count) =>
        [
            .. Enumerable
                .Range(1, count)
                .Select(n => new SandboxUser($"Trader {n}")
                {
                    AccessToken = $"trader-{n}-access-token",
                    RefreshToken = $"trader-{n}-refresh-token",
                    Accounts = [new SandboxAccount(6_000_000 + n)],
                }),
        ];
}
