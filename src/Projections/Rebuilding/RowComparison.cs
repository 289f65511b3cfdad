using System.Text.Json;
using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>Holds two tables of one model against each other, by the hash of each row. When a row was written is the only
/// thing about it that does not follow from the log.</summary>
internal static class RowComparison
{
    private const int Named = 20;

    /// <summary>Compares what the connection sees now.</summary>
    /// <param name="connection">May read both.</param>
    /// <param name="generation">The table in question.</param>
    /// <param name="fold">The table that is right.</param>
    /// <param name="at">The offset of both.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Comparison> RunAsync(
        NpgsqlConnection connection,
        StoredGeneration generation,
        string fold,
        Offset at,
        CancellationToken cancellation
    )
    {
        var keys = await connection.RowsAsync(
            """
            select quote_ident(a.attname) from pg_index i
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
            where i.indrelid = to_regclass($1) and i.indisprimary order by array_position(i.indkey, a.attnum)
            """,
            reader => reader.GetString(0),
            cancellation,
            UserReads.Value(fold)
        );
        var key = string.Join(", ", keys);
        var key_texts = string.Join(", ", keys.Select(column => $"{column}::text"));
        var found = await connection.RowsAsync(
            $"""
            with mine as (select {key}, ctid as place, md5((to_jsonb(t) - 'written_at')::text) as hash from {generation.Table} t),
            fold as (select {key}, ctid as place, md5((to_jsonb(t) - 'written_at')::text) as hash from {fold} t),
            apart as (
              select {key}, mine.place as mine, fold.place as fold from mine full join fold using ({key})
              where mine.hash is distinct from fold.hash)
            select array[{key_texts}], count(*) over (),
              (select (to_jsonb(t) - 'written_at')::text from {generation.Table} t where t.ctid = apart.mine),
              (select (to_jsonb(t) - 'written_at')::text from {fold} t where t.ctid = apart.fold)
            from apart order by {key} limit {Named}
            """,
            reader => (Difference(reader), reader.GetInt64(1)),
            cancellation
        );
        var rows = await connection.ScalarAsync($"select count(*) from {fold}", cancellation);
        return new(
            generation.Projection,
            at,
            (long)rows!,
            found.Count == 0 ? 0 : found[0].Item2,
            [.. found.Select(one => one.Item1)]
        );
    }

    private static RowDifference Difference(NpgsqlDataReader reader)
    {
        var key = reader.GetFieldValue<string[]>(0);
        return (reader.Text(2), reader.Text(3)) switch
        {
            (null, _) => new(key, RowDifferenceKind.Missing, []),
            (_, null) => new(key, RowDifferenceKind.Unexpected, []),
            ({ } mine, { } fold) => new(key, RowDifferenceKind.Different, Columns(mine, fold)),
        };
    }

    private static IReadOnlyList<string> Columns(string mine, string fold)
    {
        using var left = JsonDocument.Parse(mine);
        using var right = JsonDocument.Parse(fold);
        return
        [
            .. left
                .RootElement.EnumerateObject()
                .Where(column =>
                    !right.RootElement.TryGetProperty(column.Name, out var other)
                    || column.Value.GetRawText() != other.GetRawText()
                )
                .Select(column => column.Name),
        ];
    }
}
