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

    [LoggerMessage(
        3008,
        LogLevel.Information,
        "{Projection} was replaced; going on with the table that readers see now"
    )]
    public static partial void Replaced(ILogger logger, string projection);

    [LoggerMessage(3009, LogLevel.Debug, "Which tables are live cannot be seen: {Reason}")]
    public static partial void NotWatching(ILogger logger, string reason);

    [LoggerMessage(3010, LogLevel.Information, "{Kind} {Id} fills {Projection} from offset {Offset}")]
    public static partial void RebuildBegan(ILogger logger, string kind, long id, string projection, long offset);

    [LoggerMessage(3011, LogLevel.Information, "{Kind} {Id}: readers see {Projection} now, at offset {Offset}")]
    public static partial void Swapped(ILogger logger, string kind, long id, string projection, long offset);

    [LoggerMessage(3012, LogLevel.Error, "{Kind} {Id} of {Model} failed at offset {Offset}: {Problem}")]
    public static partial void RebuildFailed(
        ILogger logger,
        string kind,
        long id,
        string model,
        long offset,
        string problem
    );

    [LoggerMessage(3013, LogLevel.Information, "{Kind} {Id} of {Model} ended: {State}")]
    public static partial void RebuildEnded(ILogger logger, string kind, long id, string model, string state);

    [LoggerMessage(3014, LogLevel.Warning, "The rebuild of {Model} was interrupted and goes on: {Reason}")]
    public static partial void RebuildInterrupted(ILogger logger, string model, string reason);

    [LoggerMessage(3015, LogLevel.Warning, "Rebuilds cannot be looked for: {Reason}")]
    public static partial void RebuildsAway(ILogger logger, string reason);
}
