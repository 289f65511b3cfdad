using Npgsql;
using Trading.Projections.Reading;

namespace Trading.Projections.Schema;

/// <summary>What the database knows about generations: the rows of <c>read.checkpoints</c>.</summary>
internal static class Generations
{
    private const string Columns = "select model, generation, version, state, at_offset from read.checkpoints";

    /// <summary>All generations of a model, the oldest first.</summary>
    public static Task<List<StoredGeneration>> OfAsync(
        NpgsqlConnection connection,
        string model,
        CancellationToken cancellation
    ) =>
        connection.RowsAsync(
            $"{Columns} where model = $1 order by generation",
            Read,
            cancellation,
            UserReads.Value(model)
        );

    /// <summary>The generation that readers see; null before the first migration.</summary>
    public static async Task<StoredGeneration?> LiveAsync(
        NpgsqlConnection connection,
        string model,
        CancellationToken cancellation
    ) => (await OfAsync(connection, model, cancellation)).Find(one => one.State == GenerationState.Live);

    /// <summary>Gives a generation another purpose; false when it no longer has the one expected.</summary>
    public static async Task<bool> TurnAsync(
        NpgsqlConnection connection,
        string projection,
        GenerationState from,
        GenerationState to,
        CancellationToken cancellation
    ) =>
        await connection.ExecuteAsync(
            "update read.checkpoints set state = $3 where projection = $1 and state = $2",
            cancellation,
            UserReads.Value(projection),
            UserReads.Value(Words.Of(from)),
            UserReads.Value(Words.Of(to))
        ) == 1;

    private static StoredGeneration Read(NpgsqlDataReader reader) =>
        new(
            reader.GetString(0),
            reader.GetInt32(1),
            reader.GetInt32(2),
            Words.Read<GenerationState>(reader.GetString(3)),
            new(reader.GetInt64(4))
        );
}
