using Npgsql;

namespace Trading.Bench.Stage;

/// <summary>How far the read models of a database are.</summary>
internal sealed class Checkpoints(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(connectionString);

    /// <summary>The lowest checkpoint of the projections whose names begin so.</summary>
    public async Task<long> LowestAsync(CancellationToken cancellation, params string[] projections)
    {
        await using var command = _database.CreateCommand(
            "SELECT min(at_offset) FROM read.checkpoints WHERE state = 'live' AND model = ANY($1)"
        );
        command.Parameters.Add(new() { Value = projections });
        return await command.ExecuteScalarAsync(cancellation) is long lowest
            ? lowest
            : throw new InvalidOperationException($"No projection is called {string.Join(", ", projections)}.");
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();
}
