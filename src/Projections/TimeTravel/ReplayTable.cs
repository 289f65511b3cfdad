using Npgsql;
using Trading.Projections.Accounts;
using Trading.Projections.Candles;
using Trading.Projections.Deals;
using Trading.Projections.LatestPrices;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.Projections.Sessions;
using Trading.Projections.Symbols;
using Trading.Projections.Users;

namespace Trading.Projections.TimeTravel;

/// <summary>A read model as a replay makes it: folded in memory, or read back from a database.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OfMarket">Folded from the market log.</param>
/// <param name="Fold">An empty one in memory.</param>
/// <param name="HashAsync">How many rows a new database has of it, and their hash.</param>
internal sealed record ReplayTable(
    string Name,
    bool OfMarket,
    Func<FoldedTable> Fold,
    Func<NpgsqlDataSource, CancellationToken, Task<(long Rows, string Hash)>> HashAsync
)
{
    /// <summary>All there are.</summary>
    public static IReadOnlyList<ReplayTable> All { get; } =
    [
        OfJournal(() => new SessionProjection(), SessionTable.Table),
        OfJournal(() => new AccountProjection(), AccountTable.Table),
        OfJournal(() => new PositionProjection(), PositionTable.Table),
        OfJournal(() => new OrderProjection(), OrderTable.Table),
        OfJournal(() => new DealProjection(), DealTable.Table),
        OfJournal(() => new SymbolProjection(), SymbolTable.Table),
        OfJournal(() => new UserProjection(), UserTable.Table),
        Of(new LatestPriceProjection().Model, ofMarket: true, () => new FoldedPrices(), PriceTable.Table),
        Of(new CandleProjection().Model, ofMarket: true, () => new FoldedCandles(), CandleTable.Table),
    ];

    private static ReplayTable OfJournal<TRow>(Func<JournalProjection<TRow>> rules, Table<TRow> table)
        where TRow : class, IStamped =>
        Of(rules().Model, ofMarket: false, () => new FoldedTable<TRow>(rules(), table), table);

    private static ReplayTable Of<TRow>(ReadModel model, bool ofMarket, Func<FoldedTable> fold, Table<TRow> table)
        where TRow : IStamped
    {
        // The first table of a new database has the number of the model's version.
        var stored = $"read_tables.{model.Name}_{model.Version}";
        return new(model.Name, ofMarket, fold, (source, ct) => HashStoredAsync(source, stored, table, ct));
    }

    private static async Task<(long Rows, string Hash)> HashStoredAsync<TRow>(
        NpgsqlDataSource source,
        string stored,
        Table<TRow> table,
        CancellationToken cancellation
    )
        where TRow : IStamped
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        // The moment of writing is the one column that the log does not determine: it becomes the moment of the event.
        await using (
            var settle = new NpgsqlCommand(
                $"update {stored} set written_at = updated_at where written_at <> updated_at",
                connection
            )
        )
        {
            settle.CommandTimeout = 0;
            await settle.ExecuteNonQueryAsync(cancellation);
        }

        using var lines = new RowLines<TRow>(table);
        await using var command = new NpgsqlCommand(lines.SelectFrom(stored), connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            lines.Add(table.Read(reader));
        }

        return (lines.Count, lines.Hash());
    }
}
