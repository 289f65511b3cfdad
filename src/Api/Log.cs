namespace Trading.Api;

/// <summary>Everything the service says in its log. No message takes a secret, a token, an e-mail or a query string.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "Unhandled failure in {Endpoint}")]
    public static partial void Unhandled(ILogger logger, string endpoint, Exception failure);

    [LoggerMessage(2, LogLevel.Information, "Read {Count} key(s) of the token issuer")]
    public static partial void KeySetRead(ILogger logger, int count);

    [LoggerMessage(3, LogLevel.Warning, "The token issuer's keys cannot be read: {Reason}")]
    public static partial void KeySetUnreadable(ILogger logger, string reason);

    [LoggerMessage(10, LogLevel.Warning, "The key of the role {Role} came from {Address}, from where no key is taken")]
    public static partial void KeyFromElsewhere(ILogger logger, Access.Roles role, string address);

    [LoggerMessage(4, LogLevel.Warning, "Following the {Log} was interrupted; it goes on in a moment")]
    public static partial void FeedInterrupted(ILogger logger, string log, Exception failure);

    [LoggerMessage(5, LogLevel.Warning, "cTrader's token endpoint could not be used ({Kind})")]
    public static partial void TokenEndpointFailed(ILogger logger, string kind);

    [LoggerMessage(6, LogLevel.Warning, "The configured feed is not started yet: {Reason}")]
    public static partial void FeedNotStarted(ILogger logger, string reason);

    [LoggerMessage(7, LogLevel.Warning, "Waiting for the database: {Reason}")]
    public static partial void DatabaseAway(ILogger logger, string reason);

    [LoggerMessage(8, LogLevel.Warning, "Not answered for want of the database: {Reason}")]
    public static partial void UnansweredWithoutDatabase(ILogger logger, string reason);

    [LoggerMessage(20, LogLevel.Information, "User {User} was erased; its session here was told to stop: {Outcome}")]
    public static partial void ErasedUserStopped(ILogger logger, string user, string outcome);

    [LoggerMessage(21, LogLevel.Warning, "Watching for erased users was interrupted; trying again")]
    public static partial void ErasureWatchInterrupted(ILogger logger, Exception reason);

    [LoggerMessage(9, LogLevel.Critical, "The journal is not whole: {Reason}")]
    public static partial void JournalDamaged(ILogger logger, string reason);

    [LoggerMessage(30, LogLevel.Error, "{Kind} {Name} is stuck since {Since}: {Detail}")]
    public static partial void Stuck(
        ILogger logger,
        Domain.Liveness.VitalKind kind,
        string name,
        DateTimeOffset? since,
        string detail
    );

    [LoggerMessage(31, LogLevel.Warning, "{Kind} {Name} gets on again")]
    public static partial void MovesAgain(ILogger logger, Domain.Liveness.VitalKind kind, string name);
}
