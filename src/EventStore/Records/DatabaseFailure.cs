using System.Net.Sockets;
using Npgsql;

namespace Trading.EventStore.Records;

/// <summary>What a failure of the database means for the call that met it.</summary>
internal static class DatabaseFailure
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

    /// <summary>Refused for a reason that passes: lock or statement timeout, deadlock, resources, read-only during a
    /// fail-over. The call took no effect.</summary>
    public static bool Passes(PostgresException refused) =>
        refused.SqlState is "55P03" or "57014" or "40001" or "40P01" or "25006"
        || refused.SqlState.StartsWith("53", StringComparison.Ordinal);
}
