using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Sessions;

namespace Trading.Domain.Ports;

/// <summary>The front door of the write side: a command in, its outcome out. Any node may be asked.</summary>
public interface ISessionGateway
{
    /// <summary>Hands a command to the user's session and answers once its events are on disk.</summary>
    Task<CommandOutcome> SendAsync(UserKey user, SessionCommand command, CancellationToken cancellation);
}

/// <summary>What became of a command.</summary>
public abstract record CommandOutcome
{
    private CommandOutcome() { }

    /// <summary>Events were recorded; <paramref name="At"/> is the last one's offset, for reading one's own write.</summary>
    public sealed record Accepted(Offset At) : CommandOutcome;

    /// <summary>It was so already; <paramref name="At"/> is the offset of the session's last event.</summary>
    public sealed record Unchanged(Offset At) : CommandOutcome;

    /// <summary>The rules say no. <paramref name="Field"/> names the offending input, if one does.</summary>
    public sealed record Refused(Refusal Code, string Detail, string? Field = null) : CommandOutcome;

    /// <summary>Cannot be answered now (overload, shutting down, database away); it may be tried again.</summary>
    public sealed record Unavailable(string Detail) : CommandOutcome;
}

/// <summary>Why a command is refused by us.</summary>
public enum Refusal
{
    /// <summary>The user has not granted access to any broker account.</summary>
    NoCredentials,

    /// <summary>The grant does not cover this account.</summary>
    AccountNotGranted,

    /// <summary>The grant covers several accounts and none is chosen.</summary>
    AccountNotSelected,

    /// <summary>The input is not acceptable.</summary>
    Invalid,
}

/// <summary>Asks for quotes. Interest is counted: the first lease on a symbol subscribes, the last one released
/// unsubscribes.</summary>
public interface IFeedInterest
{
    /// <summary>Wants a symbol's quotes until the lease is disposed.</summary>
    IDisposable Want(BrokerEnvironment environment, SymbolName symbol);
}
