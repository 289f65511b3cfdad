using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Schema;

namespace Trading.Projections.Running;

/// <summary>Checkpoints and parked streams of one projection, on the connection that holds the projection's lock: who has
/// lost the lock has lost the connection, and can write nothing.</summary>
internal sealed class CheckpointStore(NpgsqlConnection connection, string projection)
{
    /// <summary>The error code of a checkpoint that is not where its owner believes it is.</summary>
    public const string Moved = "RP001";

    /// <summary>The error code of a checkpoint whose table readers no longer see.</summary>
    public const string Replaced = "RP002";

    /// <summary>Takes the projection for this connection, for as long as the connection lives.</summary>
    public Task<bool> TryLockAsync(CancellationToken cancellation) =>
        TryLockAsync(connection, "read.projection", projection, cancellation);

    /// <summary>Takes something by name for a connection, for as long as the connection lives.</summary>
    public static async Task<bool> TryLockAsync(
        NpgsqlConnection connection,
        string kind,
        string name,
        CancellationToken cancellation
    ) =>
        await connection.ScalarAsync(
            "select pg_try_advisory_lock(hashtext($1), hashtext($2))",
            cancellation,
            UserReads.Value(kind),
            UserReads.Value(name)
        )
            is true;

    /// <summary>Where the tables stand.</summary>
    public async Task<Offset> ReadAsync(CancellationToken cancellation) =>
        await connection.ScalarAsync(
            "select at_offset from read.checkpoints where projection = $1",
            cancellation,
            UserReads.Value(projection)
        )
            is long offset
            ? new(offset)
            : throw new InvalidOperationException($"{projection} has no checkpoint: the read schema is not migrated.");

    /// <summary>The streams set aside.</summary>
    public async Task<IReadOnlyList<ParkedStream>> ReadParkedAsync(CancellationToken cancellation) =>
        await connection.RowsAsync(
            """
            select stream, at_offset, version, event_id, event_type, reason from read.parked_streams
            where projection = $1 order by at_offset
            """,
            Parked,
            cancellation,
            UserReads.Value(projection)
        );

    /// <summary>Writes rows and moves the checkpoint, both or neither, in one round trip.</summary>
    public async Task CommitAsync(
        Offset from,
        Offset to,
        IReadOnlyList<NpgsqlBatchCommand> writes,
        CancellationToken cancellation
    )
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Move(from, to));
        foreach (var write in writes)
        {
            batch.BatchCommands.Add(write);
        }

        await batch.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Sets a stream aside; in place of an older note on the same stream.</summary>
    public IReadOnlyList<NpgsqlBatchCommand> Park(ParkedStream parked)
    {
        var note = new NpgsqlBatchCommand(
            """
            insert into read.parked_streams (projection, stream, at_offset, version, event_id, event_type, reason)
            values ($1, $2, $3, $4, $5, $6, $7)
            """
        );
        note.Parameters.Add(UserReads.Value(projection));
        note.Parameters.Add(UserReads.Value(parked.Stream.Value));
        note.Parameters.Add(UserReads.Value(parked.Offset.Value));
        note.Parameters.Add(UserReads.Value(parked.Version.Value));
        note.Parameters.Add(new() { Value = (object?)parked.EventId?.Value ?? DBNull.Value });
        note.Parameters.Add(UserReads.Value(parked.EventType));
        note.Parameters.Add(UserReads.Value(parked.Reason.Replace('\0', '?')));
        return [Unpark(parked.Stream), note];
    }

    /// <summary>Takes the note on a stream away.</summary>
    public NpgsqlBatchCommand Unpark(StreamName stream)
    {
        var command = new NpgsqlBatchCommand("delete from read.parked_streams where projection = $1 and stream = $2");
        command.Parameters.Add(UserReads.Value(projection));
        command.Parameters.Add(UserReads.Value(stream.Value));
        return command;
    }

    private NpgsqlBatchCommand Move(Offset from, Offset to)
    {
        var command = new NpgsqlBatchCommand("select read.move_checkpoint($1, $2, $3)");
        command.Parameters.Add(UserReads.Value(projection));
        command.Parameters.Add(UserReads.Value(from.Value));
        command.Parameters.Add(UserReads.Value(to.Value));
        return command;
    }

    private static ParkedStream Parked(NpgsqlDataReader reader) =>
        new(
            StreamName.Parse(reader.GetString(0)),
            new(reader.GetInt64(1)),
            new(reader.GetInt64(2)),
            reader.IsNull(3) ? null : new EventId(reader.GetGuid(3)),
            reader.GetString(4),
            reader.GetString(5)
        );
}
