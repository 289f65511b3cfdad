using Microsoft.Extensions.Logging;

namespace Trading.Brokers.CTrader.Connection;

/// <summary>What the connections say to the log. No message body ever stands here: some hold tokens.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Debug, "Connection ended: {Code} {Detail}")]
    public static partial void ConnectionEnded(this ILogger logger, string code, string detail);

    [LoggerMessage(LogLevel.Warning, "{Count} requests got no answer in time")]
    public static partial void RequestsTimedOut(this ILogger logger, int count);

    [LoggerMessage(LogLevel.Debug, "Nothing received for {Silence}, asking the broker for a sign of life")]
    public static partial void Probing(this ILogger logger, TimeSpan silence);
}
