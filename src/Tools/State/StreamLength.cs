using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Tools.Progress;

namespace Trading.Tools.State;

/// <summary>How many events of a stream stand up to an offset: what a fold's time left is reckoned from.</summary>
internal static class StreamLength
{
    /// <summary>The number; 0, without a look, when nobody sees the line that it is for.</summary>
    public static async Task<long> ForAsync(
        ProgressLine line,
        PostgresLogs logs,
        StreamName stream,
        long upTo,
        CancellationToken cancellation
    )
    {
        if (!line.IsVisible)
        {
            return 0;
        }

        await using var connection = await logs.Reader.OpenConnectionAsync(cancellation);
        // A version is found by its index, an offset of a stream is not: halving costs a few looks.
        var (low, high) = (0L, await ScalarAsync(connection, "max(version)", stream, "true", cancellation));
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            var offset = await ScalarAsync(connection, "log_offset", stream, $"version = {middle}", cancellation);
            (low, high) = offset <= upTo ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static async Task<long> ScalarAsync(
        NpgsqlConnection connection,
        string what,
        StreamName stream,
        string where,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {what} FROM eventstore.journal
            WHERE stream_id = (SELECT stream_id FROM eventstore.journal_stream WHERE name = $1) AND {where}
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Value });
        return await command.ExecuteScalarAsync(cancellation) as long? ?? 0;
    }
}
