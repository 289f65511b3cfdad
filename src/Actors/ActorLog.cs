using Microsoft.Extensions.Logging;
using Trading.Domain.Logs;

namespace Trading.Actors;

internal static partial class ActorLog
{
    [LoggerMessage(1, LogLevel.Error, "Actor {Stream} failed and starts again in {Delay}")]
    public static partial void ActorFailed(ILogger logger, StreamName stream, TimeSpan delay, Exception failure);

    [LoggerMessage(2, LogLevel.Warning, "Actor {Stream} lost its stream to a later owner and stops")]
    public static partial void ActorFenced(ILogger logger, StreamName stream);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "The log holds events of {Stream} that its state does not: each is appended by itself"
    )]
    public static partial void DuplicateAppend(ILogger logger, StreamName stream);

    [LoggerMessage(
        4,
        LogLevel.Debug,
        "Actor {Stream} recovered at version {Version}, {Tail} events after its snapshot"
    )]
    public static partial void Recovered(ILogger logger, StreamName stream, StreamVersion version, long tail);

    [LoggerMessage(5, LogLevel.Warning, "A snapshot of {Stream} has {Size} bytes and is not kept")]
    public static partial void SnapshotTooLarge(ILogger logger, StreamName stream, int size);

    [LoggerMessage(6, LogLevel.Information, "{Count} sessions were running and return")]
    public static partial void Resuming(ILogger logger, int count);

    [LoggerMessage(7, LogLevel.Information, "The sessions that were running had their turns in {Elapsed}")]
    public static partial void Resumed(ILogger logger, TimeSpan elapsed);

    [LoggerMessage(9, LogLevel.Information, "{Feed} takes its prices from {Source}")]
    public static partial void SourceChanged(ILogger logger, StreamName feed, string source);

    [LoggerMessage(10, LogLevel.Error, "{Feed} could not write ticks and tries again in {Delay}")]
    public static partial void FlushFailed(ILogger logger, StreamName feed, TimeSpan delay, Exception failure);

    [LoggerMessage(11, LogLevel.Error, "{Feed} lost its stream to a later owner and records no more")]
    public static partial void FeedFenced(ILogger logger, StreamName feed);

    [LoggerMessage(12, LogLevel.Warning, "{Feed} could not state its symbols to {Source}: {Reason}")]
    public static partial void FeedCommandFailed(ILogger logger, StreamName feed, string source, string reason);

    [LoggerMessage(13, LogLevel.Warning, "Link of {Stream} did not close cleanly")]
    public static partial void LinkCloseFailed(ILogger logger, StreamName stream, Exception failure);

    [LoggerMessage(15, LogLevel.Warning, "{Feed} could not keep its last quotes")]
    public static partial void QuotesNotKept(ILogger logger, StreamName feed, Exception failure);

    [LoggerMessage(16, LogLevel.Error, "The sessions that were running cannot be read and are tried again in {Delay}")]
    public static partial void ResumeFailed(ILogger logger, TimeSpan delay, Exception failure);

    [LoggerMessage(17, LogLevel.Warning, "A snapshot of {Stream} could not be kept")]
    public static partial void SnapshotNotKept(ILogger logger, StreamName stream, Exception failure);

    [LoggerMessage(18, LogLevel.Warning, "The snapshot of {Stream} cannot be read and is passed over")]
    public static partial void SnapshotUnreadable(ILogger logger, StreamName stream, Exception failure);

    [LoggerMessage(19, LogLevel.Warning, "{Feed} has a hole ({Reason}) in {Symbols} symbols")]
    public static partial void HoleOpened(ILogger logger, StreamName feed, string reason, int symbols);

    [LoggerMessage(20, LogLevel.Warning, "{Stream}: missed ticks of {Symbol} cannot be filled: {Reason}")]
    public static partial void NotFillable(ILogger logger, StreamName stream, string symbol, string reason);

    [LoggerMessage(21, LogLevel.Error, "{Stream}: filling missed ticks failed and is tried again in {Delay}")]
    public static partial void BackfillFailed(ILogger logger, StreamName stream, TimeSpan delay, Exception failure);

    [LoggerMessage(22, LogLevel.Error, "{Feed} cannot be taken up and is tried again in {Delay}")]
    public static partial void FeedNotRecovered(ILogger logger, StreamName feed, TimeSpan delay, Exception failure);

    [LoggerMessage(14, LogLevel.Warning, "Sessions did not end in time: {Count} are left")]
    public static partial void StopTimedOut(ILogger logger, int count);
}
