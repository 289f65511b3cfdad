using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Market;

/// <summary>Lets old ticks go, a whole partition at a time. Neither readers nor the writer of the log wait for it.</summary>
/// <param name="login">Connects as a login that was granted the owner role.</param>
/// <param name="logger">Says what was dropped.</param>
public sealed class MarketRetention(NpgsqlDataSource login, ILogger? logger = null)
{
    // Says of a partition that it is to go. A table without it is somebody's own, however it is named.
    private const string Mark = "retired";

    private readonly ILogger _logger = logger ?? NullLogger.Instance;

    /// <summary>Drops every partition whose newest tick was recorded before a moment. The newest partition that holds ticks
    /// stays in any case: the head of the log is in it.</summary>
    /// <returns>The newest offset that is gone, or 0 when nothing was dropped.</returns>
    public Task<Offset> DropBeforeAsync(DateTimeOffset moment, CancellationToken cancellation = default) =>
        DropBeforeAsync(moment, keep: null, cancellation);

    /// <summary>The same, after something was done with each partition that is to go.</summary>
    internal async Task<Offset> DropBeforeAsync(
        DateTimeOffset moment,
        Func<string, NpgsqlConnection, Task>? keep,
        CancellationToken cancellation,
        bool cutNewest = false
    )
    {
        await using var connection = await login.OpenConnectionAsync(cancellation);
        await ExecuteAsync(connection, $"SET ROLE {EventStoreSchema.OwnerRole}", cancellation);
        await FinishAsync(connection, cancellation);
        var gone = Offset.Start;
        var partitions = await PartitionsAsync(connection, cancellation);
        if (partitions.Count == 0 && cutNewest)
        {
            await MarketPartitionCut.RunAsync(connection, cancellation);
            partitions = await PartitionsAsync(connection, cancellation);
        }

        foreach (var partition in partitions)
        {
            if (await NewestAsync(connection, partition, cancellation) is not { } newest || newest.RecordedAt >= moment)
            {
                break;
            }

            if (keep is not null)
            {
                await keep(partition, connection);
            }

            await ExecuteAsync(connection, RememberVersions(partition), cancellation);
            await ExecuteAsync(connection, $"COMMENT ON TABLE eventstore.{partition} IS '{Mark}'", cancellation);
            // Not in a transaction: it waits for those who still read the partition without making anybody wait for it.
            await ExecuteAsync(
                connection,
                $"ALTER TABLE eventstore.market DETACH PARTITION eventstore.{partition} CONCURRENTLY",
                cancellation
            );
            await ExecuteAsync(connection, $"DROP TABLE eventstore.{partition}", cancellation);
            gone = newest.Last;
            _logger.PartitionDropped(partition, gone.Value);
        }

        await ExecuteAsync(connection, "RESET ROLE", cancellation);
        return gone;
    }

    // An earlier run that was interrupted while it waited for readers: the log goes without the partition since then, and no
    // other can be detached before this one is. A detached partition that nobody marked is left where it stands.
    private static async Task FinishAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT c.relname, coalesce(i.inhdetachpending, false),
              obj_description(c.oid, 'pg_class') IS NOT DISTINCT FROM $1
            FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
            WHERE c.relnamespace = 'eventstore'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^market_[0-9]{10}(_[0-9]{19})?$'
              AND (i.inhrelid IS NULL OR i.inhdetachpending)
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Mark });
        var left = new List<(string Name, bool Pending, bool Marked)>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation))
        {
            while (await reader.ReadAsync(cancellation))
            {
                left.Add((reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2)));
            }
        }

        foreach (var (partition, pending, marked) in left)
        {
            if (pending)
            {
                await ExecuteAsync(
                    connection,
                    $"ALTER TABLE eventstore.market DETACH PARTITION eventstore.{partition} FINALIZE",
                    cancellation
                );
            }

            if (marked)
            {
                await ExecuteAsync(connection, $"DROP TABLE eventstore.{partition}", cancellation);
            }
        }
    }

    // Oldest first, without the newest that holds ticks and the empty ones after it.
    private static async Task<List<string>> PartitionsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = 'eventstore.market'::regclass AND NOT i.inhdetachpending AND c.relname < (
              SELECT n.relname FROM eventstore.market h JOIN pg_class n ON n.oid = h.tableoid
              ORDER BY h.first_offset DESC LIMIT 1)
            ORDER BY c.relname
            """,
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var names = new List<string>();
        while (await reader.ReadAsync(cancellation))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private static async Task<(Offset Last, DateTimeOffset RecordedAt)?> NewestAsync(
        NpgsqlConnection connection,
        string partition,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            $"SELECT last_offset, recorded_at FROM eventstore.{partition} ORDER BY first_offset DESC LIMIT 1",
            connection
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? (new(reader.GetInt64(0)), await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation))
            : null;
    }

    // A stream that is silent since then must not begin anew at version 1.
    private static string RememberVersions(string partition) =>
        $"""
            UPDATE eventstore.market_stream st SET retired_version = gone.version
            FROM (SELECT stream_id, max(last_version) AS version FROM eventstore.{partition} GROUP BY stream_id) gone
            WHERE st.stream_id = gone.stream_id AND st.retired_version < gone.version
            """;

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
