using System.Runtime.CompilerServices;
using Npgsql;
using Trading.EventStore.Records;

namespace Trading.EventStore.Transfer;

/// <summary>What an export reads beside the events.</summary>
internal sealed class ExportTables(NpgsqlDataSource source)
{
    private const int PageBatches = 4_096;

    /// <summary>The offset after which to begin and the last one: whole batches.</summary>
    public async Task<(long After, long UpTo)> RangeAsync(ExportOptions options, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(
            """
            SELECT coalesce(min(first_offset) - 1, 0), coalesce(max(last_offset), 0) FROM eventstore.journal_batch
            WHERE last_offset >= $1 AND first_offset <= $2 AND recorded_at >= $3 AND recorded_at < $4
            """
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = options.From.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = options.To.Value });
        command.Parameters.Add(
            new NpgsqlParameter<DateTime> { TypedValue = options.Since?.UtcDateTime ?? DateTime.UnixEpoch }
        );
        command.Parameters.Add(
            new NpgsqlParameter<DateTime>
            {
                TypedValue = options.Until?.UtcDateTime ?? new DateTime(9999, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            }
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>The batches of a range, in order.</summary>
    public async IAsyncEnumerable<BatchRow> BatchesAsync(
        long after,
        long upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        while (after < upTo)
        {
            var page = new List<BatchRow>();
            await using (var connection = await source.OpenConnectionAsync(cancellation))
            {
                await BinaryCopy.EachRowAsync(
                    connection,
                    "SELECT first_offset, last_offset, recorded_at, hash, batch_id FROM eventstore.journal_batch "
                        + $"WHERE last_offset > {after} AND last_offset <= {upTo} ORDER BY last_offset LIMIT {PageBatches}",
                    row => page.Add(Read(row)),
                    cancellation
                );
            }

            if (page.Count == 0)
            {
                yield break;
            }

            foreach (var batch in page)
            {
                yield return batch;
            }

            after = page[^1].Link.Last;
        }
    }

    /// <summary>The users' keys, as they are stored.</summary>
    public async IAsyncEnumerable<(byte[] User, byte[] Wrapped, string? MasterKey)> KeysAsync(
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var command = source.CreateCommand(
            "SELECT user_key, wrapped_key, master_key FROM eventstore.user_key ORDER BY user_key"
        );
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            yield return (
                await reader.GetFieldValueAsync<byte[]>(0, cancellation),
                await reader.GetFieldValueAsync<byte[]>(1, cancellation),
                await reader.IsDBNullAsync(2, cancellation) ? null : reader.GetString(2)
            );
        }
    }

    private static BatchRow Read(ReadOnlyMemory<byte> row)
    {
        var fields = new RowFields(row);
        return new(
            new(fields.Int64(), fields.Int64(), fields.UnixMicroseconds(), fields.Next().ToArray()),
            fields.Guid()
        );
    }
}
