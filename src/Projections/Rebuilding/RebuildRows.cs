using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>The rows of <c>read.rebuilds</c>.</summary>
internal static class RebuildRows
{
    private const string Columns =
        "id, model, kind, state, generation, replaces, verify, verified, asked_by, asked_at, began_at, moved_at, "
        + "ended_at, at_offset, head, events_per_second, cancel_asked, problem";

    /// <summary>The newest rebuild of each model, whatever became of it.</summary>
    public static Task<List<Rebuild>> NewestAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        connection.RowsAsync(
            $"select distinct on (model) {Columns} from read.rebuilds order by model, id desc",
            Read,
            cancellation
        );

    /// <summary>The newest rebuild of a model; null when there never was one.</summary>
    public static async Task<Rebuild?> NewestAsync(
        NpgsqlConnection connection,
        string model,
        CancellationToken cancellation
    ) =>
        (
            await connection.RowsAsync(
                $"select {Columns} from read.rebuilds where model = $1 order by id desc limit 1",
                Read,
                cancellation,
                UserReads.Value(model)
            )
        ).FirstOrDefault();

    /// <summary>Writes a new one down.</summary>
    public static async Task AddAsync(
        NpgsqlConnection owner,
        RebuildKind kind,
        StoredGeneration target,
        StoredGeneration live,
        RebuildRequest request,
        CancellationToken cancellation
    ) =>
        await owner.ExecuteAsync(
            """
            insert into read.rebuilds (model, kind, state, generation, replaces, verify, asked_by, at_offset)
            values ($1, $2, 'waiting', $3, $4, $5, $6, $7)
            """,
            cancellation,
            UserReads.Value(target.Model),
            UserReads.Value(Words.Of(kind)),
            UserReads.Value(target.Number),
            UserReads.Value(live.Number),
            UserReads.Value(request.Verify),
            UserReads.Value(request.AskedBy),
            UserReads.Value(target.Checkpoint.Value)
        );

    /// <summary>Tells how far it is.</summary>
    /// <returns>False when it is to end: somebody asked for that, or ended it.</returns>
    public static async Task<bool> ReportAsync(
        NpgsqlConnection owner,
        long id,
        RebuildState state,
        Offset checkpoint,
        Offset head,
        double rate,
        CancellationToken cancellation
    ) =>
        await owner.ScalarAsync(
            """
            update read.rebuilds set state = $2, at_offset = $3, head = $4, events_per_second = $5, moved_at = now(),
              began_at = coalesce(began_at, now()), problem = null
            where id = $1 and state not in ('done', 'cancelled') returning cancel_asked
            """,
            cancellation,
            UserReads.Value(id),
            UserReads.Value(Words.Of(state)),
            UserReads.Value(checkpoint.Value),
            UserReads.Value(head.Value),
            UserReads.Value(rate)
        )
            is false;

    /// <summary>It is done, and this is where readers see it: the last report may be some batches old.</summary>
    public static async Task EndAsync(NpgsqlConnection owner, long id, Offset reached, CancellationToken cancellation)
    {
        await owner.ExecuteAsync(
            "update read.rebuilds set at_offset = $2, head = $2 where id = $1",
            cancellation,
            UserReads.Value(id),
            UserReads.Value(reached.Value)
        );
        await TurnAsync(owner, id, RebuildState.Done, null, cancellation);
    }

    /// <summary>Gives an unfinished one another state.</summary>
    public static Task TurnAsync(
        NpgsqlConnection owner,
        long id,
        RebuildState state,
        string? problem,
        CancellationToken cancellation
    ) =>
        owner.ExecuteAsync(
            """
            update read.rebuilds set state = $2, problem = nullif($3, ''), moved_at = now(),
              cancel_asked = cancel_asked and $2 <> 'waiting',
              ended_at = case when $2 in ('done', 'cancelled') then now() end
            where id = $1 and state not in ('done', 'cancelled')
            """,
            cancellation,
            UserReads.Value(id),
            UserReads.Value(Words.Of(state)),
            UserReads.Value(problem ?? "")
        );

    private static Rebuild Read(NpgsqlDataReader reader) =>
        new()
        {
            Id = reader.GetInt64(0),
            Projection = reader.GetString(1),
            Kind = Words.Read<RebuildKind>(reader.GetString(2)),
            State = Words.Read<RebuildState>(reader.GetString(3)),
            Generation = reader.GetInt32(4),
            Replaces = reader.GetInt32(5),
            Verify = reader.GetBoolean(6),
            Verified = reader.GetBoolean(7),
            AskedBy = reader.GetString(8),
            AskedAt = reader.At(9),
            BeganAt = reader.Moment(10),
            MovedAt = reader.At(11),
            EndedAt = reader.Moment(12),
            Checkpoint = new(reader.GetInt64(13)),
            Head = new(reader.GetInt64(14)),
            Rate = reader.GetDouble(15),
            CancelAsked = reader.GetBoolean(16),
            Problem = reader.Text(17),
        };
}
