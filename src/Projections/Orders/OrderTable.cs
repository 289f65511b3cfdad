using NpgsqlTypes;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Orders.OrderView>;

namespace Trading.Projections.Orders;

/// <summary>The columns of orders.sql.</summary>
internal static class OrderTable
{
    public static Table<OrderView> Table { get; } =
        new(
            ["user_key", "account_id", "order_id"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("account_id", "text", NpgsqlDbType.Text, row => row.Account.Value),
                Of("order_id", "text", NpgsqlDbType.Text, row => row.Id.Value),
                Of("status", "text", NpgsqlDbType.Text, row => Words.Of(row.Status)),
                Of("symbol_id", "bigint", NpgsqlDbType.Bigint, row => row.SymbolId),
                Of("symbol", "text", NpgsqlDbType.Text, row => row.Symbol.Value),
                Of("side", "text", NpgsqlDbType.Text, row => Words.Of(row.Side)),
                Of("type", "text", NpgsqlDbType.Text, row => row.Type),
                Of("volume", "bigint", NpgsqlDbType.Bigint, row => row.Volume),
                Of("executed_volume", "bigint", NpgsqlDbType.Bigint, row => row.ExecutedVolume),
                Of("limit_price", "numeric", NpgsqlDbType.Numeric, row => row.LimitPrice),
                Of("stop_price", "numeric", NpgsqlDbType.Numeric, row => row.StopPrice),
                Of("execution_price", "numeric", NpgsqlDbType.Numeric, row => row.ExecutionPrice),
                Of("stop_loss", "numeric", NpgsqlDbType.Numeric, row => row.StopLoss),
                Of("take_profit", "numeric", NpgsqlDbType.Numeric, row => row.TakeProfit),
                Of("time_in_force", "text", NpgsqlDbType.Text, row => row.TimeInForce),
                Of("expires_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.ExpiresAt?.UtcDateTime),
                Of("position_id", "text", NpgsqlDbType.Text, row => row.Position?.Value),
                Of("closing", "bool", NpgsqlDbType.Boolean, row => row.Closing),
                Of("client_order_id", "text", NpgsqlDbType.Text, row => row.ClientOrderId),
                Of("label", "text", NpgsqlDbType.Text, row => row.Label),
                Of("comment", "text", NpgsqlDbType.Text, row => row.Comment),
                Of("created_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.CreatedAt?.UtcDateTime),
                Of("refusal_code", "text", NpgsqlDbType.Text, row => row.RefusalCode),
                Of("refusal_text", "text", NpgsqlDbType.Text, row => row.RefusalText),
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    Account = new(reader.GetString(1)),
                    Id = new(reader.GetString(2)),
                    Status = reader.Word<OrderStatus>(3),
                    SymbolId = reader.GetInt64(4),
                    Symbol = new(reader.GetString(5)),
                    Side = reader.Word<Side>(6),
                    Type = reader.GetString(7),
                    Volume = reader.GetInt64(8),
                    ExecutedVolume = reader.GetInt64(9),
                    LimitPrice = reader.Number(10),
                    StopPrice = reader.Number(11),
                    ExecutionPrice = reader.Number(12),
                    StopLoss = reader.Number(13),
                    TakeProfit = reader.Number(14),
                    TimeInForce = reader.GetString(15),
                    ExpiresAt = reader.Moment(16),
                    Position = reader.Text(17) is { } position ? new(position) : null,
                    Closing = reader.GetBoolean(18),
                    ClientOrderId = reader.GetString(19),
                    Label = reader.GetString(20),
                    Comment = reader.GetString(21),
                    CreatedAt = reader.Moment(22),
                    RefusalCode = reader.GetString(23),
                    RefusalText = reader.GetString(24),
                    Stamp = reader.StampAt(25),
                }
        );
}
