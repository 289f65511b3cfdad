using Npgsql;
using Trading.EventStore.Records;

namespace Trading.EventStore.Transfer;

/// <summary>Puts groups of batches into the journal's tables, each in one commit, under the lock that appends take. For one
/// caller at a time.</summary>
internal sealed class ImportWriter(NpgsqlConnection connection)
{
    private const string Columns =
        "log_offset, stream_id, version, event_id, correlation_id, causation_id, occurred_at, recorded_at, type, "
        + "user_key, digest, payload";

    private const int MostStreams = 200_000;
    private readonly Dictionary<string, long> _streams = new(StringComparer.Ordinal);
    private readonly BinaryRows _rows = new();

    public async Task WriteAsync(ImportGroup group, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync("SELECT FROM eventstore.journal_lock WHERE only_row FOR UPDATE", cancellation);
        await CheckHeadAsync(group.Batches[0].Link.First - 1, cancellation);
        await KnowStreamsAsync(group.Events, cancellation);
        await CopyAsync($"eventstore.journal ({Columns})", () => group.Events.ForEach(Row), cancellation);
        await CopyAsync(
            "eventstore.journal_batch (last_offset, first_offset, recorded_at, batch_id, hash)",
            () => group.Batches.ForEach(Row),
            cancellation
        );
        await transaction.CommitAsync(cancellation);
    }

    public async Task WriteKeysAsync(List<TransferLine.Key> keys, CancellationToken cancellation)
    {
        foreach (var key in keys)
        {
            await using var command = new NpgsqlCommand(
                "INSERT INTO eventstore.user_key (user_key, wrapped_key, master_key) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                connection
            );
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = key.User });
            command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = key.Wrapped });
            command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = key.MasterKey });
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }

    // Only under the lock is the head what it seems.
    private async Task CheckHeadAsync(long expected, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT last_offset FROM eventstore.journal_batch ORDER BY last_offset DESC LIMIT 1",
            connection
        );
        if ((await command.ExecuteScalarAsync(cancellation) as long? ?? 0) is var head && head != expected)
        {
            throw new InvalidDataException(
                $"The journal here has grown to {head} meanwhile: something else appends to it. Stop it and begin anew."
            );
        }
    }

    private async Task CopyAsync(string into, Action rows, CancellationToken cancellation)
    {
        _rows.Clear();
        rows();
        await using var copy = await connection.BeginRawBinaryCopyAsync(
            $"COPY {into} FROM STDIN (FORMAT BINARY)",
            cancellation
        );
        await copy.WriteAsync(_rows.End(), cancellation);
    }

    private void Row(PortableEvent e)
    {
        _rows.Row(12);
        _rows.Int64(e.Offset);
        _rows.Int64(_streams[e.Stream]);
        _rows.Int64(e.Version);
        _rows.Guid(e.Id);
        _rows.Guid(e.Correlation);
        _rows.Guid(e.Causation);
        _rows.Time(e.OccurredAt);
        _rows.Time(e.RecordedAt);
        _rows.Text(e.Type);
        _rows.Bytes(e.User);
        _rows.Bytes(e.Digest);
        _rows.Bytes(e.Payload);
    }

    private void Row(BatchRow batch)
    {
        _rows.Row(5);
        _rows.Int64(batch.Link.Last);
        _rows.Int64(batch.Link.First);
        _rows.Time(batch.Link.RecordedAt);
        _rows.Guid(batch.Id);
        _rows.Bytes(batch.Link.Hash);
    }

    private async Task KnowStreamsAsync(List<PortableEvent> events, CancellationToken cancellation)
    {
        if (_streams.Count > MostStreams)
        {
            _streams.Clear();
        }

        string[] names = [.. events.Select(e => e.Stream).Distinct(StringComparer.Ordinal)];
        await using var command = new NpgsqlCommand(
            """
            WITH added AS (
              INSERT INTO eventstore.journal_stream (name) SELECT unnest($1) ON CONFLICT DO NOTHING RETURNING name, stream_id)
            SELECT name, stream_id FROM added
            UNION ALL
            SELECT name, stream_id FROM eventstore.journal_stream WHERE name = ANY ($1)
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = names });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            _streams[reader.GetString(0)] = reader.GetInt64(1);
        }
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
