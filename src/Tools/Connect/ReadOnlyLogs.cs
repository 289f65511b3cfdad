using Npgsql;
using Trading.EventStore;

namespace Trading.Tools.Connect;

/// <summary>Opens both logs with the role that can only read.</summary>
internal static class ReadOnlyLogs
{
    private static readonly EventStoreOptions Options = new() { ReadOnly = true, Migrate = false };

    /// <summary>The logs of a database. What is sealed in them stays sealed unless keys are given.</summary>
    /// <exception cref="ToolException">The database holds no logs, or may not be read.</exception>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public static async Task<PostgresLogs> OpenAsync(
        OpenedDatabase database,
        CancellationToken cancellation,
        KnownKeys? keys = null
    )
    {
        try
        {
            var logs = await PostgresLogs.OpenAsync(
                database.ConnectionString,
                Options with
                {
                    MasterKey = keys?.Current,
                    FormerMasterKeys = [.. (keys?.Former ?? []).Select(key => (ReadOnlyMemory<byte>)key)],
                },
                cancellation: cancellation
            );
            // The logs try again for a while, as a service wants it. Who asks wants to know at once that nobody is there.
            await using (await logs.Reader.OpenConnectionAsync(cancellation)) { }

            // Opening is lazy; asking for a head finds out now what would be found out in the middle of an output.
            await logs.Journal.HeadAsync(cancellation);
            return logs;
        }
        catch (ArgumentException wrong)
        {
            throw new ToolException($"The connection string is not usable: {wrong.Message}");
        }
        catch (PostgresException refused)
            when (refused.SqlState
                    is PostgresErrorCodes.UndefinedTable
                        or PostgresErrorCodes.InvalidSchemaName
                        or PostgresErrorCodes.InvalidParameterValue
                        or PostgresErrorCodes.UndefinedFunction
            )
        {
            throw new ToolException(
                $"The database holds no logs of this system ({refused.MessageText}). The service makes them when it starts."
            );
        }
    }
}
