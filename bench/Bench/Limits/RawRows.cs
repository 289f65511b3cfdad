using Npgsql;
using NpgsqlTypes;

namespace Trading.Bench.Limits;

/// <summary>A plain table as wide as the journal, written and read by hand: what PostgreSQL alone can do.</summary>
internal sealed class RawRows(NpgsqlDataSource database)
{
    private const string Columns =
        "id, stream, version, type, user_key, occurred_at, recorded_at, correlation, causation, payload, digest";

    // As long as the payload of the bench's event.
    private static readonly byte[] Payload = SampleEvents.PayloadBytes();
    private static readonly byte[] Digest = new byte[32];
    private static readonly string User = new('a', 64);
    private long _next;

    public async Task CreateAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            CREATE TABLE raw_rows (
              place bigint PRIMARY KEY, id uuid NOT NULL, stream text NOT NULL, version bigint NOT NULL, type text NOT NULL,
              user_key text NOT NULL, occurred_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL,
              correlation uuid NOT NULL, causation uuid NOT NULL, payload bytea NOT NULL,
              digest bytea NOT NULL)
            """
        );
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>One statement, one commit, so many rows.</summary>
    public async Task<int> InsertAsync(NpgsqlConnection connection, int rows, CancellationToken cancellation)
    {
        var first = Interlocked.Add(ref _next, rows) - rows + 1;
        await using var command = new NpgsqlCommand(
            $"""
            INSERT INTO raw_rows (place, {Columns})
            SELECT place, id, 'session-raw', place, 'trading.account.v1.BalanceChanged', $3, now(), now(), id, id, $4, $5
            FROM unnest($1, $2) AS row (place, id)
            """,
            connection
        );
        var places = new long[rows];
        var ids = new Guid[rows];
        for (var i = 0; i < rows; i++)
        {
            places[i] = first + i;
            ids[i] = new Guid((int)(first + i), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        }

        command.Parameters.Add(new() { Value = places, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = ids, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = User });
        command.Parameters.Add(new() { Value = Payload });
        command.Parameters.Add(new() { Value = Digest });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Bulk load; one commit.</summary>
    public async Task<int> CopyAsync(NpgsqlConnection connection, int rows, CancellationToken cancellation)
    {
        var first = Interlocked.Add(ref _next, rows) - rows + 1;
        var now = TimeProvider.System.GetUtcNow();
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY raw_rows (place, {Columns}) FROM STDIN (FORMAT BINARY)",
            cancellation
        );
        for (var i = 0; i < rows; i++)
        {
            var id = new Guid((int)(first + i), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(first + i, cancellation);
            await copy.WriteAsync(id, cancellation);
            await copy.WriteAsync("session-raw", cancellation);
            await copy.WriteAsync(first + i, cancellation);
            await copy.WriteAsync("trading.account.v1.BalanceChanged", cancellation);
            await copy.WriteAsync(User, cancellation);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellation);
            await copy.WriteAsync(now, NpgsqlDbType.TimestampTz, cancellation);
            await copy.WriteAsync(id, cancellation);
            await copy.WriteAsync(id, cancellation);
            await copy.WriteAsync(Payload, cancellation);
            await copy.WriteAsync(Digest, cancellation);
        }

        return (int)await copy.CompleteAsync(cancellation);
    }

    /// <summary>Reads every row, all its columns, over one connection, in the fastest form there is, and looks at none of
    /// them; gives their number.</summary>
    public async Task<long> ReadAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var rows = await connection.BeginRawBinaryCopyAsync(
            $"COPY (SELECT place, {Columns} FROM raw_rows ORDER BY place) TO STDOUT (FORMAT BINARY)",
            cancellation
        );
        var buffer = new byte[64 * 1024];
        while (await rows.ReadAsync(buffer, cancellation) > 0) { }

        return _next;
    }
}
