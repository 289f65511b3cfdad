using Npgsql;
using Trading.Domain;

namespace Trading.Projections.Reading;

/// <summary>Reads as one user. The name of the user travels in the same round trip and the same transaction as the
/// question, so no pooled connection can carry it over to somebody else.</summary>
internal static class UserReads
{
    private const string BecomeUser = "select set_config('app.user_key', $1, true)";

    /// <summary>The first row of a query, or null.</summary>
    public static async Task<T?> FindAsync<T>(
        this NpgsqlDataSource source,
        UserKey user,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params NpgsqlParameter[] parameters
    )
        where T : class
    {
        await using var batch = source.CreateBatch();
        batch.As(user).Add(sql, parameters);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        return await reader.ReadAsync(cancellation) ? read(reader) : null;
    }

    /// <summary>The rows of a query, with the newest stamp that <paramref name="stampSql"/> finds.</summary>
    public static async Task<ReadList<T>> ListAsync<T>(
        this NpgsqlDataSource source,
        UserKey user,
        string stampSql,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params NpgsqlParameter[] parameters
    )
    {
        await using var batch = source.CreateBatch();
        batch.As(user).Add(stampSql).Add(sql, parameters);
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        Stamp? stamp = await reader.ReadAsync(cancellation) ? reader.StampAt(0) : null;
        await reader.NextResultAsync(cancellation);
        return new(await reader.RowsAsync(read, cancellation), stamp);
    }

    /// <summary>All rows of the current result.</summary>
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlDataReader reader,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation
    )
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>The three columns at_offset, updated_at, written_at from <paramref name="column"/> on.</summary>
    public static Stamp StampAt(this NpgsqlDataReader reader, int column) =>
        new(new(reader.GetInt64(column)), reader.At(column + 1), reader.At(column + 2));

    /// <summary>A typed parameter by position.</summary>
    public static NpgsqlParameter Value<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    /// <summary>What follows in the batch is asked as this user.</summary>
    public static NpgsqlBatch As(this NpgsqlBatch batch, UserKey user) => batch.Add(BecomeUser, Value(user.Value));

    /// <summary>Adds a question.</summary>
    public static NpgsqlBatch Add(this NpgsqlBatch batch, string sql, params NpgsqlParameter[] parameters)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = sql;
        command.Parameters.AddRange(parameters);
        batch.BatchCommands.Add(command);
        return batch;
    }
}
