using Trading.Domain;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;

namespace Trading.Projections.Sessions;

/// <summary>Where a session stands.</summary>
public enum SessionState
{
    /// <summary>Nobody has asked for it to run.</summary>
    Idle,

    /// <summary>Asked for; the first connection is not made yet.</summary>
    Connecting,

    /// <summary>Connected, authorised and reconciled.</summary>
    Connected,

    /// <summary>The link broke and is being retried.</summary>
    Reconnecting,

    /// <summary>The quick retries are used up; slow ones go on without end.</summary>
    ReconnectingSlowly,

    /// <summary>The broker refused for good: a person must act.</summary>
    Failed,

    /// <summary>Stopped on request.</summary>
    Stopped,
}

/// <summary>A user's session and grant.</summary>
public sealed record SessionView : IStamped
{
    /// <summary>Whose it is.</summary>
    public required UserKey User { get; init; }

    /// <summary>Where it stands.</summary>
    public SessionState State { get; init; }

    /// <summary>True only in state <see cref="SessionState.Connected"/>.</summary>
    public bool IsConnected => State == SessionState.Connected;

    /// <summary>For example <c>ctrader</c>; empty before the first grant.</summary>
    public string Broker { get; init; } = "";

    /// <summary>The account it serves; null before one is chosen.</summary>
    public AccountId? Account { get; init; }

    /// <summary>Where that account lives.</summary>
    public BrokerEnvironment Environment { get; init; }

    /// <summary>Who asked for it: bridge, frontend, configuration; empty before the first start.</summary>
    public string RequestedBy { get; init; } = "";

    /// <summary>The node that claimed it last; empty before any did.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Tries to connect since the last good connection.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it is not connected, in words; empty when it is.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The broker's error code with it, if any.</summary>
    public string Code { get; init; } = "";

    /// <summary>When it last became connected; null when it never did.</summary>
    public DateTimeOffset? ConnectedAt { get; init; }

    /// <summary>True while a grant stands that has not been revoked.</summary>
    public bool HasCredentials { get; init; }

    /// <summary>view or trade; empty without a grant.</summary>
    public string Scope { get; init; } = "";

    /// <summary>When the access token ends; null when unknown.</summary>
    public DateTimeOffset? CredentialsExpireAt { get; init; }

    /// <summary>The accounts that the grant covers.</summary>
    public IReadOnlyList<GrantedAccountView> GrantedAccounts { get; init; } = [];

    /// <summary>The symbols whose quotes the link streams, in alphabetical order.</summary>
    public IReadOnlyList<string> Subscriptions { get; init; } = [];

    /// <inheritdoc/>
    public required Stamp Stamp { get; init; }
}

/// <summary>One account of a grant.</summary>
/// <param name="Account">The broker's id.</param>
/// <param name="Environment">Demo or live.</param>
/// <param name="Login">The number the broker shows to the user.</param>
/// <param name="BrokerTitle">The broker's name.</param>
public sealed record GrantedAccountView(
    AccountId Account,
    BrokerEnvironment Environment,
    string Login,
    string BrokerTitle
);

/// <summary>A session as a list of sessions shows it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Balance">Of its account; null when not known yet.</param>
/// <param name="OpenPositions">Of its account.</param>
/// <param name="AccountStamp">The account's own freshness; null when it has no row yet.</param>
/// <param name="SealedUserId">The user's id, sealed; null when not known.</param>
/// <param name="SealedEmail">The user's e-mail address, sealed; null when not known.</param>
public sealed record SessionSummary(
    SessionView Session,
    decimal? Balance,
    int OpenPositions,
    Stamp? AccountStamp,
    ReadOnlyMemory<byte>? SealedUserId,
    ReadOnlyMemory<byte>? SealedEmail
)
{
    /// <summary>When anything shown here last changed.</summary>
    public DateTimeOffset LastUpdate =>
        AccountStamp is { } account && account.UpdatedAt > Session.Stamp.UpdatedAt
            ? account.UpdatedAt
            : Session.Stamp.UpdatedAt;
}
