using Microsoft.Extensions.Logging;

namespace Trading.EventStore;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Applied migration {Number} {Name}")]
    public static partial void MigrationApplied(this ILogger logger, int number, string name);

    [LoggerMessage(2, LogLevel.Warning, "Commit to the {Log} refused with {SqlState}; trying again")]
    public static partial void CommitRefused(this ILogger logger, string log, string sqlState, Exception reason);

    [LoggerMessage(3, LogLevel.Warning, "Connection lost during a commit to the {Log}; settling its outcome")]
    public static partial void CommitUnknown(this ILogger logger, string log, Exception reason);

    [LoggerMessage(4, LogLevel.Warning, "Settling a commit to the {Log} failed; trying again")]
    public static partial void SettleFailed(this ILogger logger, string log, Exception reason);

    [LoggerMessage(
        5,
        LogLevel.Information,
        "Settled a commit to the {Log}: {Appended} of {Requests} requests are in it"
    )]
    public static partial void Settled(this ILogger logger, string log, int appended, int requests);

    [LoggerMessage(6, LogLevel.Warning, "Listening for commits to the {Log} failed; reconnecting in {Pause}")]
    public static partial void ListenerFailed(this ILogger logger, string log, TimeSpan pause, Exception reason);

    [LoggerMessage(7, LogLevel.Information, "Dropped {Partition} of the market log, ticks up to offset {Offset}")]
    public static partial void PartitionDropped(this ILogger logger, string partition, long offset);
}
