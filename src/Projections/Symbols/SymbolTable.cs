using System.Text.Json;
using NpgsqlTypes;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Symbols.SymbolListView>;

namespace Trading.Projections.Symbols;

/// <summary>The columns of symbols.sql.</summary>
internal static class SymbolTable
{
    public static Table<SymbolListView> Table { get; } =
        new(
            ["user_key", "account_id"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("account_id", "text", NpgsqlDbType.Text, row => row.Account.Value),
                Of(
                    "symbols",
                    "json",
                    NpgsqlDbType.Json,
                    row => JsonSerializer.Serialize(row.Symbols, ReadJson.Default.IReadOnlyListSymbolView)
                ),
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    Account = new(reader.GetString(1)),
                    Symbols = JsonSerializer.Deserialize(
                        reader.GetString(2),
                        ReadJson.Default.IReadOnlyListSymbolView
                    )!,
                    Stamp = reader.StampAt(3),
                }
        );
}
