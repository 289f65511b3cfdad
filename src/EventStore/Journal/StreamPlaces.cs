using System.Globalization;
using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Journal;

/// <summary>Finds places in streams by offsets. Versions grow with the offset, so a place is found by halving along the key
/// there is: some twenty point reads, however long the stream.</summary>
/// <param name="source">Connects with a role that may read the logs, for example <see cref="PostgresLogs.Reader"/>.</param>
public sealed class StreamPlaces(NpgsqlDataSource source)
{
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
