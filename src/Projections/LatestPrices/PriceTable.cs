using NpgsqlTypes;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.LatestPrices.PriceView>;

namespace Trading.Projections.LatestPrices;

/// <summary>The columns of latest_prices.sql.</summary>
internal static class PriceTable
{
    public static Table<PriceView> Table { get; } =
        new(
            ["environment", "symbol"],
            [
                Of("environment", "text", NpgsqlDbType.Text, row => Words.Of(row.Environment)),
                Of("symbol", "text", NpgsqlDbType.Text, row => row.Symbol.Value),
                Of("bid", "bigint", NpgsqlDbType.Bigint, row => row.Quote.Bid.Units),
                Of("ask", "bigint", NpgsqlDbType.Bigint, row => row.Quote.Ask.Units),
                Of("timestamp_ms", "bigint", NpgsqlDbType.Bigint, row => row.TimestampMs),
            ],
            reader =>
                new()
                {
                    Environment = reader.Environment(0),
                    Symbol = new(reader.GetString(1)),
                    Quote = new(new(reader.GetInt64(2)), new(reader.GetInt64(3))),
                    TimestampMs = reader.GetInt64(4),
                    Stamp = reader.StampAt(5),
                }
        );
}
