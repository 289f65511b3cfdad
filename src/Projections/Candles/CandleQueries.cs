using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Projections.Reading;

namespace Trading.Projections.Candles;

/// <summary>Asks for candles.</summary>
public sealed class CandleQueries(ReadModelSources sources)
{
    /// <summary>Most candles in one answer.</summary>
    public const int MaxCount = 5_000;

    private static readonly string Newest = $"""
        select {CandleTable.Table.SelectList} from read.candles
        where environment = $1 and symbol = $2 and timeframe = $3 and open_time_ms between $4 and $5
        order by open_time_ms desc limit $6
        """;

    /// <summary>The newest candles of a range, oldest first. A time without ticks has no candle.</summary>
    /// <param name="environment">Demo or live.</param>
    /// <param name="symbol">The symbol.</param>
    /// <param name="timeframe">The length.</param>
    /// <param name="fromMs">Candles that begin at or after this moment, Unix milliseconds; null for no bound.</param>
    /// <param name="toMs">Candles that begin at or before this moment; null for no bound.</param>
    /// <param name="count">Most candles, 1 to <see cref="MaxCount"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<ReadList<CandleView>> ListAsync(
        BrokerEnvironment environment,
        SymbolName symbol,
        Timeframe timeframe,
        long? fromMs,
        long? toMs,
        int count,
        CancellationToken cancellation
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxCount);
        await using var command = sources.Api.CreateCommand(Newest);
        command.Parameters.Add(UserReads.Value(Words.Of(environment)));
        command.Parameters.Add(UserReads.Value(symbol.Value));
        command.Parameters.Add(UserReads.Value((short)timeframe));
        command.Parameters.Add(UserReads.Value(fromMs ?? long.MinValue));
        command.Parameters.Add(UserReads.Value(toMs ?? long.MaxValue));
        // One more tells whether there is more.
        command.Parameters.Add(UserReads.Value(count + 1));
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var candles = await reader.RowsAsync(CandleTable.Table.Read, cancellation);
        var more = candles.Count > count;
        if (more)
        {
            candles.RemoveAt(count);
        }

        candles.Reverse();
        return new(candles, candles.Count == 0 ? null : candles.MaxBy(candle => candle.Stamp.Offset)!.Stamp, more);
    }
}
