namespace Trading.Sandbox.CTrader;

/// <summary>Everything this server says to its log. Never a token or a secret.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Connection {Id} opened from {Peer}")]
    public static partial void Opened(ILogger logger, long id, string peer);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connection {Id} closed: {Reason}")]
    public static partial void Closed(ILogger logger, long id, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connection {Id}: TLS handshake failed: {Reason}")]
    public static partial void HandshakeFailed(ILogger logger, long id, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A client could not be accepted: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The tape of {Symbol} ends early: {Reason}")]
    public static partial void TapeDamaged(ILogger logger, string symbol, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Path} is not played: there is no symbol {Symbol}")]
    public static partial void TapeWithoutSymbol(ILogger logger, string path, string symbol);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Loop} stopped")]
    public static partial void LoopFailed(ILogger logger, Exception exception, string loop);

    [LoggerMessage(Level = LogLevel.Error, Message = "Connection {Id}: request {PayloadType} failed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, long id, uint payloadType);
}
