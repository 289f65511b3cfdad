using NpgsqlTypes;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Deals.DealView>;

namespace Trading.Projections.Deals;

/// <summary>The columns of deals.sql.</summary>
internal static class DealTable
{
    public static Table<DealView> Table { get; } =
        new(
            ["user_key", "account_id", "deal_id"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("account_id", "text", NpgsqlDbType.Text, row => row.Account.Value),
                Of("deal_id", "text", NpgsqlDbType.Text, row => row.Id.Value),
                Of("order_id", "text", NpgsqlDbType.Text, row => row.Order.Value),
                Of("position_id", "text", NpgsqlDbType.Text, row => row.Position.Value),
                Of("symbol_id", "bigint", NpgsqlDbType.Bigint, row => row.SymbolId),
                Of("symbol", "text", NpgsqlDbType.Text, row => row.Symbol.Value),
                Of("side", "text", NpgsqlDbType.Text, row => Words.Of(row.Side)),
                Of("volume", "bigint", NpgsqlDbType.Bigint, row => row.Volume),
                Of("filled_volume", "bigint", NpgsqlDbType.Bigint, row => row.FilledVolume),
                Of("price", "numeric", NpgsqlDbType.Numeric, row => row.Price),
                Of("commission", "numeric", NpgsqlDbType.Numeric, row => row.Commission),
                Of("status", "text", NpgsqlDbType.Text, row => row.Status),
                Of("executed_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.ExecutedAt.UtcDateTime),
                Of("recovered", "bool", NpgsqlDbType.Boolean, row => row.Recovered),
                Of("closed_volume", "bigint", NpgsqlDbType.Bigint, row => row.Closed?.Volume),
                Of("entry_price", "numeric", NpgsqlDbType.Numeric, row => row.Closed?.EntryPrice),
                Of("gross_profit", "numeric", NpgsqlDbType.Numeric, row => row.Closed?.GrossProfit),
                Of("closed_swap", "numeric", NpgsqlDbType.Numeric, row => row.Closed?.Swap),
                Of("closed_commission", "numeric", NpgsqlDbType.Numeric, row => row.Closed?.Commission),
                Of("conversion_fee", "numeric", NpgsqlDbType.Numeric, row => row.Closed?.ConversionFee),
                Of("balance", "numeric", NpgsqlDbType.Numeric, row => row.Closed?.Balance),
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    Account = new(reader.GetString(1)),
                    Id = new(reader.GetString(2)),
                    Order = new(reader.GetString(3)),
                    Position = new(reader.GetString(4)),
                    SymbolId = reader.GetInt64(5),
                    Symbol = new(reader.GetString(6)),
                    Side = reader.Word<Side>(7),
                    Volume = reader.GetInt64(8),
                    FilledVolume = reader.GetInt64(9),
                    Price = reader.Number(10),
                    Commission = reader.GetDecimal(11),
                    Status = reader.GetString(12),
                    ExecutedAt = reader.At(13),
                    Recovered = reader.GetBoolean(14),
                    Closed = reader.IsNull(15)
                        ? null
                        : new()
                        {
                            Volume = reader.GetInt64(15),
                            EntryPrice = reader.GetDecimal(16),
                            GrossProfit = reader.GetDecimal(17),
                            Swap = reader.GetDecimal(18),
                            Commission = reader.GetDecimal(19),
                            ConversionFee = reader.GetDecimal(20),
                            Balance = reader.GetDecimal(21),
                        },
                    Stamp = reader.StampAt(22),
                }
        );
}
