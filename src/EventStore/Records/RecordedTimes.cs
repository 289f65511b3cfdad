using Npgsql;
using Trading.Domain.Logs;

namespace Trading.EventStore.Records;

/// <summary>Finds places by time. Times never go back along a log, so halving finds one in as many single-row reads as the
/// head has binary digits, and no index over times has to be kept while ticks are written.</summary>
internal static class RecordedTimes
{
    /// <summary>The commit of the journal in which an offset stands.</summary>
    public const string Journal =
        "SELECT last_offset, recorded_at FROM eventstore.journal_batch "
        + "WHERE last_offset >= $1 ORDER BY last_offset LIMIT 1";

    /// <summary>The record of the market log in which an offset stands; the oldest one left when that is gone.</summary>
    public const string Market =
        "SELECT last_offset, recorded_at FROM eventstore.market WHERE first_offset >= coalesce(("
        + "SELECT m.first_offset FROM eventstore.market m WHERE m.first_offset <= $1 "
        + "ORDER BY m.first_offset DESC LIMIT 1), 0) AND last_offset >= $1 ORDER BY first_offset LIMIT 1";

    /// <summary>The last offset recorded at or before a moment.</summary>
    public static async ValueTask<Offset> LastAtAsync(
        NpgsqlConnection connection,
        string recordOf,
        DateTimeOffset moment,
        CancellationToken cancellation
    )
    {
        var found = Offset.Start;
        // What is before low was recorded in time, what is at high was not, or is not there yet.
        var (low, high) = (1L, 1L);
        while (await RecordAsync(connection, recordOf, high, cancellation) is { } early && early.RecordedAt <= moment)
        {
            found = new(early.Last);
            low = early.Last + 1;
            high = low * 2;
        }

        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var record = await RecordAsync(connection, recordOf, middle, cancellation);
            if (record is null || record.RecordedAt > moment)
            {
                high = middle;
                continue;
            }

            found = new(record.Last);
            low = record.Last + 1;
        }

        return found;
    }

    private static async Task<Record?> RecordAsync(
        NpgsqlConnection connection,
        string recordOf,
        long offset,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(recordOf, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = offset });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new(reader.GetInt64(0), await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation))
            : null;
    }

    private sealed record Record(long Last, DateTimeOffset RecordedAt);
}
