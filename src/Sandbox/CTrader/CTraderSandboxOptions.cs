using Microsoft.Extensions.Logging.Abstractions;

namespace Trading.Sandbox.CTrader;

/// <summary>How a cTrader sandbox behaves and what stands in it at the start.</summary>
public sealed record CTraderSandboxOptions
{
    /// <summary>Port of the protobuf protocol over TLS; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Port of control endpoint and OAuth pages over HTTP; 0 takes a free one.</summary>
    public int ControlPort { get; init; }

    /// <summary>A price file, or a folder of them (<c>timestamp_ms,bid,ask</c>, gzip or plain); symbols without one walk at random.</summary>
    public string? Prices { get; init; }

    /// <summary>How many times faster than recorded tapes are played; 0: as fast as the clients take them.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Seed of walks, invented history and token names.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where the certificate of the private authority is written, PEM, for clients to trust.</summary>
    public string? CaPath { get; init; }

    /// <summary>Folder that keeps the private authority, so a restarted sandbox is still trusted; null makes a new one.</summary>
    public string? KeyDirectory { get; init; }

    /// <summary>Clock of orders, tokens, heartbeats and tapes.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the sandbox logs to.</summary>
    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The application that may connect.</summary>
    public string ClientId { get; init; } = "sandbox-app";

    /// <summary>Its secret.</summary>
    public string ClientSecret { get; init; } = "sandbox-secret";

    /// <summary>Users with their tokens and accounts.</summary>
    public IReadOnlyList<SandboxUser> Users { get; init; } = DefaultWorld.Users;

    /// <summary>Symbols beside the usual ones, under names of any kind.</summary>
    public IReadOnlyList<SandboxSymbol> Symbols { get; init; } = [];

    /// <summary>Whether a tape waits while nobody is subscribed to its symbol.</summary>
    public bool PauseWithoutSubscribers { get; init; } = true;

    /// <summary>Quotes a second of each subscribed symbol without a tape; 0 for none.</summary>
    public double WalkUpdatesPerSecond { get; init; } = 4;

    /// <summary>Hundredths of a base unit that one quote can fill; null fills every order at once.</summary>
    public long? BookSize { get; init; }

    /// <summary>Time from the acceptance of a market order to its fill.</summary>
    public TimeSpan FillDelay { get; init; }

    /// <summary>Margin level in percent at which positions are closed by force.</summary>
    public decimal StopOutLevel { get; init; } = 50m;

    /// <summary>Whether overnight interest is charged by the clock.</summary>
    public bool Rollover { get; init; } = true;

    /// <summary>Publishes round-the-clock trading hours.</summary>
    public bool AlwaysOpen { get; init; }

    /// <summary>Refuses market orders outside the published trading hours.</summary>
    public bool EnforceSchedules { get; init; }

    /// <summary>Which environment this server is; accounts of the other one can not be routed.</summary>
    public bool IsLive { get; init; }

    /// <summary>Requests a second on one connection; 0 for no limit.</summary>
    public int RequestsPerSecond { get; init; } = 50;

    /// <summary>History requests a second on one connection; 0 for no limit.</summary>
    public int HistoryRequestsPerSecond { get; init; } = 5;

    /// <summary>Answers a rate breach with BLOCKED_PAYLOAD_TYPE and retryAfter instead of REQUEST_FREQUENCY_EXCEEDED.</summary>
    public bool BlockOnRateBreach { get; init; }

    /// <summary>Connections at a time; one more is refused its application login.</summary>
    public int MaxConnections { get; init; } = 5_000;

    /// <summary>A connection this long without a byte from the client, or without application login, is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A heartbeat is sent after this much silence of the server.</summary>
    public TimeSpan HeartbeatAfter { get; init; } = TimeSpan.FromSeconds(25);
}

/// <summary>A symbol beside the usual ones.</summary>
/// <param name="Name">As it is listed: <c>GBPUSD_SB</c>, <c>US30.cash</c>, <c>EUR/USD</c>, <c>#AAPL</c>.</param>
/// <param name="Like">The usual symbol that it is like in everything else.</param>
public sealed record SandboxSymbol(string Name, string Like = "EURUSD");

/// <summary>A user with one consent given in advance.</summary>
/// <param name="Name">Shown on the consent page.</param>
public sealed record SandboxUser(string Name)
{
    /// <summary>Access token of the consent.</summary>
    public required string AccessToken { get; init; }

    /// <summary>Refresh token of the consent; works once.</summary>
    public required string RefreshToken { get; init; }

    /// <summary>False for a token that may only look.</summary>
    public bool MayTrade { get; init; } = true;

    /// <summary>The user's trading accounts.</summary>
    public required IReadOnlyList<SandboxAccount> Accounts { get; init; }
}

/// <summary>A trading account as it stands at the start.</summary>
/// <param name="Id">The ctidTraderAccountId.</param>
public sealed record SandboxAccount(long Id)
{
    /// <summary>Deposit currency.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>Cash at the start.</summary>
    public decimal Balance { get; init; } = 10_000m;

    /// <summary>Leverage: 100 is 1:100.</summary>
    public int Leverage { get; init; } = 100;

    /// <summary>One position per symbol instead of many.</summary>
    public bool Netted { get; init; }

    /// <summary>Pays a fee instead of overnight interest.</summary>
    public bool SwapFree { get; init; }

    /// <summary>Belongs to the live environment.</summary>
    public bool IsLive { get; init; }

    /// <summary>Positions opened at the first quote.</summary>
    public IReadOnlyList<SandboxPosition> Positions { get; init; } = [];
}

/// <summary>A position an account starts with.</summary>
/// <param name="Symbol">Symbol name.</param>
/// <param name="Volume">Hundredths of a base unit; negative to sell.</param>
public sealed record SandboxPosition(string Symbol, long Volume)
{
    /// <summary>Distance of the stop loss in 1/100000 of the quote unit.</summary>
    public long? RelativeStopLoss { get; init; }

    /// <summary>Distance of the take profit in 1/100000 of the quote unit.</summary>
    public long? RelativeTakeProfit { get; init; }
}
