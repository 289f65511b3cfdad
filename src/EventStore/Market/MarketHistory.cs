using System.Text;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Market;

/// <summary>Looks back into the market log's table. The server passes over records in which the symbol's name does not stand,
/// so only records that hold the symbol travel and are unpacked.</summary>
internal sealed class MarketHistory(PostgresConnections connections)
{
    private const string Log = "market";

    // A record that merely looks as if it held the symbol is looked at and passed over.
    private const string Newest = """
        SELECT m.first_offset, m.recorded_at, m.ticks FROM eventstore.market m
        WHERE m.stream_id = (SELECT s.stream_id FROM eventstore.market_stream s WHERE s.name = $1)
        AND m.first_offset > $2 AND m.first_offset <= $3 AND position($4 IN m.ticks) > 0
        ORDER BY m.first_offset DESC LIMIT 1
        """;

    // The first stretch finds what ticks; each further one is longer, up to what the server searches in about a second.
    private const long FirstStretch = 65_536;
    private const long LongestStretch = 64 * 1_048_576;

    private readonly TickBlockCodec _codec = new();

    /// <summary>The last offset recorded at or before a moment.</summary>
    public ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation) =>
        connections.RunAsync(
            Log,
            (connection, ct) => RecordedTimes.LastAtAsync(connection, RecordedTimes.Market, moment, ct),
            cancellation
        );

    /// <summary>A symbol's newest tick in a feed up to an offset.</summary>
    public async ValueTask<PastTick?> NewestAsync(
        StreamName feed,
        SymbolName symbol,
        Offset upTo,
        CancellationToken cancellation
    )
    {
        var oldest = await connections.RunAsync(Log, OldestAsync, cancellation);
        var stretch = FirstStretch;
        var to = upTo.Value;
        while (to >= oldest)
        {
            var after = Math.Max(oldest - 1, to - stretch);
            var block = await connections.RunAsync(
                Log,
                (connection, ct) => FindAsync(connection, feed, symbol, after, to, ct),
                cancellation
            );
            if (block is not null && NewestIn(block, symbol, upTo) is { } found)
            {
                return found;
            }

            (to, stretch) = block is null
                ? (after, Math.Min(stretch * 4, LongestStretch))
                : (block.First.Value - 1, stretch);
        }

        return null;
    }

    /// <summary>A symbol's newest tick in a block up to an offset.</summary>
    public static PastTick? NewestIn(TickBlock block, SymbolName symbol, Offset upTo)
    {
        var ticks = block.Ticks.Span;
        var last = (int)Math.Min(ticks.Length, upTo.Value - block.First.Value + 1) - 1;
        for (var i = last; i >= 0; i--)
        {
            if (ticks[i].Symbol == symbol)
            {
                return new(block.First.Plus(i), block.RecordedAt, ticks[i]);
            }
        }

        return null;
    }

    private async ValueTask<TickBlock?> FindAsync(
        NpgsqlConnection connection,
        StreamName feed,
        SymbolName symbol,
        long after,
        long to,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(Newest, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = feed.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = to });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Encoding.UTF8.GetBytes(symbol.Value) });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation)
            ? new(
                new(reader.GetInt64(0)),
                feed,
                await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation),
                _codec.Decode(await reader.GetFieldValueAsync<byte[]>(2, cancellation))
            )
            : null;
    }

    private static async ValueTask<long> OldestAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT first_offset FROM eventstore.market ORDER BY first_offset LIMIT 1",
            connection
        );
        return await command.ExecuteScalarAsync(cancellation) is long oldest ? oldest : long.MaxValue;
    }
}
