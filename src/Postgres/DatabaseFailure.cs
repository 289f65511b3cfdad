using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace Trading.Postgres;

/// <summary>What a failure of the database means: the one place that judges it.</summary>
public static class DatabaseFailure
{
    /// <summary>The connection, or the server process behind it, is gone: whether the call took effect is not known.</summary>
    public static bool LeavesUnknown(Exception failure) =>
        failure switch
        {
            PostgresException told => told.SqlState.StartsWith("57P", StringComparison.Ordinal)
                || told.SqlState.StartsWith("08", StringComparison.Ordinal)
                || told.SqlState == "40003",
            NpgsqlException or IOException or SocketException or TimeoutException => true,
            _ => false,
        };

    /// <summary>Refused for a reason that passes: lock or statement timeout, deadlock, resources, or a server that takes no writes.
    /// The call took no effect.</summary>
    public static bool Passes(PostgresException refused) =>
        refused.SqlState is "55P03" or "57014" or "40001" or "40P01"
        || refused.SqlState.StartsWith("53", StringComparison.Ordinal)
        || IsWrongServer(refused);

    /// <summary>The server at the other end is not, or is no longer, the one that takes writes: it is read-only (25006), a standby, or
    /// going down (57P01 to 57P03), or the connection does not lead to it (08). The same connection will never do better; another
    /// one may.</summary>
    public static bool IsWrongServer(Exception failure) =>
        failure switch
        {
            WrongServerException => true,
            PostgresException told => told.SqlState is "25006" or "57P01" or "57P02" or "57P03"
                || told.SqlState.StartsWith("08", StringComparison.Ordinal)
                // What a standby cannot do it says in several classes, always with the reason.
                || (told.SqlState is "0A000" or "55000" && SpeaksOfRecovery(told)),
            _ => false,
        };

    /// <summary>The database cannot be worked with at the moment: whoever asked may ask again.</summary>
    public static bool IsAway(Exception failure) =>
        failure switch
        {
            NpgsqlOperationInProgressException => false,
            PostgresException told => told.IsTransient || LeavesUnknown(told) || Passes(told),
            DbException => true,
            { InnerException: DbException inner } => IsAway(inner),
            _ => false,
        };

    private static bool SpeaksOfRecovery(PostgresException told) =>
        told.Routine is "PreventCommandDuringRecovery"
        || told.MessageText.Contains("recovery", StringComparison.OrdinalIgnoreCase)
        || told.MessageText.Contains("standby", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A connection leads to a server that takes no writes: a standby, or one that was made read-only because another has
/// taken its place.</summary>
public sealed class WrongServerException(string server)
    : NpgsqlException($"The PostgreSQL at {server} takes no writes: it is read-only, or a standby.")
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}
