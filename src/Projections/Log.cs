using Microsoft.Extensions.Logging;

namespace Trading.Projections;

internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "{Projection} runs here from offset {Offset}")]
    public static partial void Began(ILogger logger, string projection, long offset);

    [LoggerMessage(3002, LogLevel.Information, "{Projection} runs on another node; standing by")]
    public static partial void StandsBy(ILogger logger, string projection);

    [LoggerMessage(
        3003,
        LogLevel.Error,
        "{Projection} sets stream {Stream} aside at offset {Offset}, event {EventId}: {Reason}"
    )]
    public static partial void Parked(
        ILogger logger,
        string projection,
        string stream,
        long offset,
        Guid? eventId,
        string reason
    );

    [LoggerMessage(3004, LogLevel.Information, "{Projection} takes stream {Stream} up again")]
    public static partial void Unparked(ILogger logger, string projection, string stream);

    [LoggerMessage(3005, LogLevel.Warning, "{Projection} stops: another runner has moved its checkpoint")]
    public static partial void CheckpointMoved(ILogger logger, string projection);

    [LoggerMessage(3006, LogLevel.Warning, "{Projection} failed and tries again in {Pause}")]
    public static partial void Failed(ILogger logger, Exception exception, string projection, TimeSpan pause);

    [LoggerMessage(3007, LogLevel.Warning, "The price book lost its feed and tries again in {Pause}")]
    public static partial void PriceBookFailed(ILogger logger, Exception exception, TimeSpan pause);
}
