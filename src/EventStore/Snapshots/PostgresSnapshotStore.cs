using Npgsql;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.EventStore.Snapshots;

/// <summary>Snapshots in a table, one per stream and schema.</summary>
public sealed class PostgresSnapshotStore : ISnapshotStore
{
    private readonly NpgsqlDataSource _source;

    internal PostgresSnapshotStore(NpgsqlDataSource source) => _source = source;

    /// <inheritdoc/>
    public async ValueTask<Snapshot?> LoadAsync(StreamName stream, string schema, CancellationToken cancellation)
    {
        await using var command = _source.CreateCommand(
            "SELECT version, state FROM eventstore.former_snapshot WHERE stream = $1 AND schema = $2"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new(new(reader.GetInt64(0)), await reader.GetFieldValueAsync<byte[]>(1, cancellation))
            : null;
    }

    /// <summary>Keeps a snapshot in place of the stream's older one; a newer one stays. One from before the user was erased is
    /// not kept: whoever saves it has not heard of that yet.</summary>
    public async ValueTask SaveAsync(
        StreamName stream,
        string schema,
        Snapshot snapshot,
        CancellationToken cancellation
    )
    {
        await using var command = _source.CreateCommand(
            """
            INSERT INTO eventstore.former_snapshot AS kept (stream, schema, version, state)
            SELECT $1, $2, $3, $4
            WHERE NOT EXISTS (
              SELECT FROM eventstore.journal_stream s JOIN eventstore.journal j ON j.stream_id = s.stream_id
              WHERE s.name = $1 AND j.version > $3 AND j.type = 'trading.session.v1.UserErased')
            ON CONFLICT (stream, schema) DO UPDATE
            SET version = excluded.version, state = excluded.state, saved_at = clock_timestamp()
            WHERE kept.version < excluded.version
            """
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = snapshot.Version.Value });
        command.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = snapshot.State });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
