using Trading.Domain.Events;
using Trading.Projections.Sessions;

namespace Trading.Api.CTrader;

/// <summary>The user's cTrader connection. It never holds a token.</summary>
internal sealed record SettingsAnswer
{
    /// <summary>A grant stands: we may act on the user's accounts.</summary>
    public required bool Connected { get; init; }

    /// <summary>view or trade; null without a grant.</summary>
    public required string? Scope { get; init; }

    /// <summary>When the access token ends; it is renewed before. Null when unknown.</summary>
    public required DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The account chosen; null before one is.</summary>
    public required string? AccountId { get; init; }

    /// <summary>Whether that is a demo account; null before one is chosen.</summary>
    public required bool? IsDemo { get; init; }

    /// <summary>The accounts to choose from.</summary>
    public required IReadOnlyList<AccountChoice> Accounts { get; init; }

    /// <summary>idle, connecting, connected, reconnecting, reconnectingSlowly, failed or stopped.</summary>
    public required string Session { get; init; }

    /// <summary>Why it is not connected; null when it is.</summary>
    public required string? Reason { get; init; }

    /// <summary>The broker's error code with it, or the link's own; null when there is none.</summary>
    public required string? Code { get; init; }

    /// <summary>The journal offset that last changed this; 0 when there is nothing yet.</summary>
    public required long Offset { get; init; }

    /// <summary>The answer for a session; null for a user without one.</summary>
    public static SettingsAnswer Of(SessionView? session) =>
        new()
        {
            Connected = session?.HasCredentials == true,
            Scope = session is { Scope.Length: > 0 } ? session.Scope : null,
            ExpiresAt = session?.CredentialsExpireAt,
            AccountId = session?.Account?.Value,
            IsDemo = session?.Account is null ? null : session.Environment == BrokerEnvironment.Demo,
            Accounts = [.. (session?.GrantedAccounts ?? []).Select(AccountChoice.Of)],
            Session =
                char.ToLowerInvariant((session?.State ?? SessionState.Idle).ToString()[0])
                + (session?.State ?? SessionState.Idle).ToString()[1..],
            Reason = session is { Reason.Length: > 0 } ? session.Reason : null,
            Code = session is { Code.Length: > 0 } ? session.Code : null,
            Offset = session?.Stamp.Offset.Value ?? 0,
        };
}

/// <summary>One account of the grant.</summary>
/// <param name="AccountId">The broker's id.</param>
/// <param name="IsDemo">A demo account.</param>
/// <param name="Login">The number the broker shows to the user.</param>
/// <param name="Broker">The broker's name.</param>
internal sealed record AccountChoice(string AccountId, bool IsDemo, string Login, string Broker)
{
    /// <summary>The answer for a granted account.</summary>
    public static AccountChoice Of(GrantedAccountView account) =>
        new(account.Account.Value, account.Environment == BrokerEnvironment.Demo, account.Login, account.BrokerTitle);
}

/// <summary>What the user may change.</summary>
/// <param name="AccountId">Chooses an account of the grant.</param>
/// <param name="Running">True starts the session, false stops it.</param>
internal sealed record SettingsRequest(string? AccountId, bool? Running);
