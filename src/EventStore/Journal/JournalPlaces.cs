using System.Globalization;
using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Journal;

/// <summary>Finds places of the journal by other marks than offsets. Times and versions grow with the offset, so a place is
/// found by halving along the keys there are: some thirty point reads, however long the journal.</summary>
/// <param name="source">Connects with a role that may read the logs, for example <see cref="PostgresLogs.Reader"/>.</param>
public sealed class JournalPlaces(NpgsqlDataSource source)
{
    /// <summary>The last offset that was recorded before a moment; 0 when none was.</summary>
    public async Task<Offset> LastBeforeAsync(DateTimeOffset moment, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var low = 0L;
        var high = await ScalarAsync(connection, Head, cancellation) ?? 0;
        while (low < high)
        {
            // Commits have one time for all their events: each question goes on to the end of a commit.
            var middle = low + (high - low + 1) / 2;
            await using var command = new NpgsqlCommand(
                "SELECT last_offset, recorded_at < $1 FROM eventstore.journal_batch "
                    + string.Create(CultureInfo.InvariantCulture, $"WHERE last_offset >= {middle} ")
                    + "ORDER BY last_offset LIMIT 1",
                connection
            );
            command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = moment.UtcDateTime });
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            if (await reader.ReadAsync(cancellation) && reader.GetBoolean(1))
            {
                low = reader.GetInt64(0);
            }
            else
            {
                high = middle - 1;
            }
        }

        return new(low);
    }

    /// <summary>How many events of a stream stand up to an offset; 0 for a stream without any.</summary>
    public async Task<StreamVersion> VersionAtAsync(StreamName stream, Offset offset, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        if (
            await ScalarAsync(
                connection,
                "SELECT stream_id FROM eventstore.journal_stream WHERE name = $1",
                cancellation,
                stream.Value
            )
            is not { } id
        )
        {
            return StreamVersion.None;
        }

        var of = string.Create(CultureInfo.InvariantCulture, $"FROM eventstore.journal WHERE stream_id = {id}");
        var low = 0L;
        var high =
            await ScalarAsync(connection, $"SELECT version {of} ORDER BY version DESC LIMIT 1", cancellation) ?? 0;
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            var at = await ScalarAsync(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"SELECT log_offset {of} AND version = {middle}"),
                cancellation
            );
            if (at <= offset.Value)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return new(low);
    }

    private const string Head = "SELECT last_offset FROM eventstore.journal_batch ORDER BY last_offset DESC LIMIT 1";

    private static async Task<long?> ScalarAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken cancellation,
        string? parameter = null
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (parameter is not null)
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = parameter });
        }

        return await command.ExecuteScalarAsync(cancellation) as long?;
    }
}
