using NpgsqlTypes;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Positions.PositionView>;

namespace Trading.Projections.Positions;

/// <summary>The columns of positions.sql.</summary>
internal static class PositionTable
{
    public static Table<PositionView> Table { get; } =
        new(
            ["user_key", "account_id", "position_id"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("account_id", "text", NpgsqlDbType.Text, row => row.Account.Value),
                Of("position_id", "text", NpgsqlDbType.Text, row => row.Id.Value),
                Of("symbol_id", "bigint", NpgsqlDbType.Bigint, row => row.SymbolId),
                Of("symbol", "text", NpgsqlDbType.Text, row => row.Symbol.Value),
                Of("side", "text", NpgsqlDbType.Text, row => Words.Of(row.Side)),
                Of("volume", "bigint", NpgsqlDbType.Bigint, row => row.Volume),
                Of("price", "numeric", NpgsqlDbType.Numeric, row => row.Price),
                Of("stop_loss", "numeric", NpgsqlDbType.Numeric, row => row.StopLoss),
                Of("take_profit", "numeric", NpgsqlDbType.Numeric, row => row.TakeProfit),
                Of("swap", "numeric", NpgsqlDbType.Numeric, row => row.Swap),
                Of("commission", "numeric", NpgsqlDbType.Numeric, row => row.Commission),
                Of("used_margin", "numeric", NpgsqlDbType.Numeric, row => row.UsedMargin),
                Of("opened_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.OpenedAt?.UtcDateTime),
                Of("label", "text", NpgsqlDbType.Text, row => row.Label),
                Of("comment", "text", NpgsqlDbType.Text, row => row.Comment),
                Of("is_open", "bool", NpgsqlDbType.Boolean, row => row.IsOpen),
                Of("closed_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.ClosedAt?.UtcDateTime),
                Of("close_cause", "text", NpgsqlDbType.Text, row => row.CloseCause),
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    Account = new(reader.GetString(1)),
                    Id = new(reader.GetString(2)),
                    SymbolId = reader.GetInt64(3),
                    Symbol = new(reader.GetString(4)),
                    Side = reader.Word<Side>(5),
                    Volume = reader.GetInt64(6),
                    Price = reader.GetDecimal(7),
                    StopLoss = reader.Number(8),
                    TakeProfit = reader.Number(9),
                    Swap = reader.GetDecimal(10),
                    Commission = reader.GetDecimal(11),
                    UsedMargin = reader.Number(12),
                    OpenedAt = reader.Moment(13),
                    Label = reader.GetString(14),
                    Comment = reader.GetString(15),
                    IsOpen = reader.GetBoolean(16),
                    ClosedAt = reader.Moment(17),
                    CloseCause = reader.GetString(18),
                    Stamp = reader.StampAt(19),
                }
        );
}
