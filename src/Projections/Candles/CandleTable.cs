using Npgsql;
using NpgsqlTypes;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Candles.CandleView>;

namespace Trading.Projections.Candles;

/// <summary>The columns of candles.sql. What is written are parts of candles: the ticks of one batch. They are added to
/// what stands there, unless they are in it already.</summary>
internal static class CandleTable
{
    public static Table<CandleView> Table { get; } =
        new(
            ["environment", "symbol", "timeframe", "open_time_ms"],
            [
                Of("environment", "text", NpgsqlDbType.Text, row => Words.Of(row.Environment)),
                Of("symbol", "text", NpgsqlDbType.Text, row => row.Candle.Symbol.Value),
                Of("timeframe", "smallint", NpgsqlDbType.Smallint, row => (short)row.Candle.Timeframe),
                Of("open_time_ms", "bigint", NpgsqlDbType.Bigint, row => row.Candle.OpenTimeMs),
                Of("open", "bigint", NpgsqlDbType.Bigint, row => row.Candle.Open.Units) with
                {
                    Merge = "case when excluded.opened_ms < t.opened_ms then excluded.open else t.open end",
                },
                Of("high", "bigint", NpgsqlDbType.Bigint, row => row.Candle.High.Units) with
                {
                    Merge = "greatest(t.high, excluded.high)",
                },
                Of("low", "bigint", NpgsqlDbType.Bigint, row => row.Candle.Low.Units) with
                {
                    Merge = "least(t.low, excluded.low)",
                },
                Of("close", "bigint", NpgsqlDbType.Bigint, row => row.Candle.Close.Units) with
                {
                    Merge = "case when excluded.closed_ms >= t.closed_ms then excluded.close else t.close end",
                },
                Of("volume", "bigint", NpgsqlDbType.Bigint, row => row.Candle.Volume) with
                {
                    Merge = "t.volume + excluded.volume",
                },
                Of("opened_ms", "bigint", NpgsqlDbType.Bigint, row => row.Candle.OpenedMs) with
                {
                    Merge = "least(t.opened_ms, excluded.opened_ms)",
                },
                Of("closed_ms", "bigint", NpgsqlDbType.Bigint, row => row.Candle.ClosedMs) with
                {
                    Merge = "greatest(t.closed_ms, excluded.closed_ms)",
                },
                Of("first_offset", "bigint", NpgsqlDbType.Bigint, row => row.Candle.First.Value) with
                {
                    Merge = "t.first_offset",
                },
            ],
            Read,
            begins: "first_offset"
        );

    private static CandleView Read(NpgsqlDataReader reader) =>
        new(
            reader.Environment(0),
            new()
            {
                Symbol = new(reader.GetString(1)),
                Timeframe = (Domain.Market.Timeframe)reader.GetInt16(2),
                OpenTimeMs = reader.GetInt64(3),
                Open = new(reader.GetInt64(4)),
                High = new(reader.GetInt64(5)),
                Low = new(reader.GetInt64(6)),
                Close = new(reader.GetInt64(7)),
                Volume = reader.GetInt64(8),
                OpenedMs = reader.GetInt64(9),
                ClosedMs = reader.GetInt64(10),
                First = new(reader.GetInt64(11)),
                Last = new(reader.GetInt64(12)),
            },
            reader.StampAt(12)
        );
}
