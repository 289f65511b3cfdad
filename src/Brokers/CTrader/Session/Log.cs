using Microsoft.Extensions.Logging;

namespace Trading.Brokers.CTrader.Session;

/// <summary>What the links say to the log. Tokens never stand here.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Information, "Account {Account}: link up after {Attempt} tries")]
    public static partial void LinkUp(this ILogger logger, string account, int attempt);

    [LoggerMessage(LogLevel.Warning, "Account {Account}: link down, {Code} {Detail}; next try in {Delay}")]
    public static partial void LinkDown(
        this ILogger logger,
        string account,
        string code,
        string detail,
        TimeSpan delay
    );

    [LoggerMessage(LogLevel.Error, "Account {Account}: refused for good, {Code} {Detail}")]
    public static partial void LinkRefused(this ILogger logger, string account, string code, string detail);

    [LoggerMessage(LogLevel.Warning, "Symbol {Symbol} is wanted but not offered")]
    public static partial void SymbolNotOffered(this ILogger logger, string symbol);

    [LoggerMessage(LogLevel.Warning, "A change of {Count} subscriptions was refused: {Code}")]
    public static partial void SubscriptionRefused(this ILogger logger, int count, string code);

    [LoggerMessage(LogLevel.Warning, "Tokens cannot be renewed ahead of time: {Code}")]
    public static partial void RenewalRefused(this ILogger logger, string code);

    [LoggerMessage(LogLevel.Error, "An account event of type {PayloadType} cannot be read")]
    public static partial void UnreadableEvent(this ILogger logger, uint payloadType, Exception reason);
}
