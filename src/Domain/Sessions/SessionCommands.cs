using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>What may be asked of a session. Secrets arrive sealed.</summary>
public abstract record SessionCommand
{
    private SessionCommand() { }

    /// <summary>When it was asked; the decider reads no clock.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Ties the events this causes to what asked for it; empty when nothing outside did.</summary>
    public Guid CorrelationId { get; init; }

    /// <summary>Makes the user known, so that a caller with only the e-mail finds the session.</summary>
    public sealed record Identify(
        UserKey User,
        ReadOnlyMemory<byte> SealedUserId,
        UserKey? EmailKey,
        ReadOnlyMemory<byte> SealedEmail
    ) : SessionCommand;

    /// <summary>Stores a fresh grant. A running session goes on with the new tokens.</summary>
    public sealed record Grant(
        UserKey User,
        string Broker,
        ReadOnlyMemory<byte> SealedAccessToken,
        ReadOnlyMemory<byte> SealedRefreshToken,
        DateTimeOffset? ExpiresAt,
        string Scope,
        IReadOnlyList<GrantedAccount> Accounts
    ) : SessionCommand;

    /// <summary>Takes the grant back and stops the session.</summary>
    public sealed record Revoke(string Reason) : SessionCommand;

    /// <summary>Chooses the account. A running session moves over to it.</summary>
    public sealed record SelectAccount(AccountId Account, BrokerEnvironment Environment) : SessionCommand;

    /// <summary>Runs the session from now until <see cref="Stop"/>.</summary>
    public sealed record Start(UserKey User, string RequestedBy) : SessionCommand;

    /// <summary>Ends the session.</summary>
    public sealed record Stop(string Reason) : SessionCommand;

    /// <summary>States the whole set of symbols this session is to stream.</summary>
    public sealed record StreamSymbols(IReadOnlySet<SymbolName> Symbols) : SessionCommand;

    /// <summary>Records a new pair of tokens that the link obtained.</summary>
    public sealed record StoreCredentials(
        ReadOnlyMemory<byte> SealedAccessToken,
        ReadOnlyMemory<byte> SealedRefreshToken,
        DateTimeOffset? ExpiresAt
    ) : SessionCommand;

    /// <summary>Takes in what the link reports.</summary>
    public sealed record Observe(BrokerReport Report) : SessionCommand;
}
