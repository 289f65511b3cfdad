using Npgsql;
using Trading.Projections.Reading;

namespace Trading.Projections.Schema;

/// <summary>Single statements on a connection.</summary>
internal static class Statements
{
    /// <summary>Runs a script or a statement and gives back how many rows it changed.</summary>
    public static async Task<int> ExecuteAsync(
        this NpgsqlConnection connection,
        string sql,
        CancellationToken cancellation,
        params NpgsqlParameter[] parameters
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The first column of the first row; null when there is none.</summary>
    public static async Task<object?> ScalarAsync(
        this NpgsqlConnection connection,
        string sql,
        CancellationToken cancellation,
        params NpgsqlParameter[] parameters
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteScalarAsync(cancellation) is var value and not DBNull ? value : null;
    }

    /// <summary>All rows.</summary>
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlConnection connection,
        string sql,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation,
        params NpgsqlParameter[] parameters
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.RowsAsync(read, cancellation);
    }
}
