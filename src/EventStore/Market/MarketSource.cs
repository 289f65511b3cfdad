using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.EventStore.Records;

namespace Trading.EventStore.Market;

/// <summary>Reads the market log's table in pages, the next one while the last is worked on.</summary>
internal sealed class MarketSource(PostgresConnections connections, EventStoreOptions options, TimeProvider time)
    : IRecordTable<TickBlock>
{
    // A record may hold many ticks: a page is small in rows.
    private const int MostRows = 1_024;
    private readonly StreamNames _names = new("market");
    private readonly TickBlockCodec _codec = new();

    public string Name => "market";

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) =>
        connections.RunAsync(Name, HeadAsync, cancellation);

    public async ValueTask<Offset> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT last_offset FROM eventstore.market ORDER BY first_offset DESC LIMIT 1",
            connection
        );
        return new(await command.ExecuteScalarAsync(cancellation) is long head ? head : 0);
    }

    public async IAsyncEnumerable<TickBlock> ReadAsync(
        Offset after,
        Offset upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (after >= upTo)
        {
            yield break;
        }

        var size = new PageSize(MostRows, options.PageBytes / 4, time);
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var next = NextAsync(after);
        try
        {
            while (after < upTo && await size.TakeAsync(next) is { Count: > 0 } page)
            {
                after = page[^1].Last;
                if (after < upTo)
                {
                    next = NextAsync(after);
                }

                foreach (var block in page)
                {
                    yield return block;
                }
            }
        }
        finally
        {
            await abandoned.CancelAsync();
            await next.ContinueWith(
                _ => { },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default
            );
        }

        Task<ReadPage<List<TickBlock>>> NextAsync(Offset from) =>
            size.ReadAsync(() => PageAsync(from, upTo, size, abandoned.Token));
    }

    public Offset LastOf(TickBlock chunk) => chunk.Last;

    public TickBlock CutAfter(TickBlock chunk, Offset after) => Cut(chunk, after);

    /// <summary>What of a block stands after an offset.</summary>
    public static TickBlock Cut(TickBlock block, Offset after) =>
        after < block.First
            ? block
            : block with
            {
                First = after.Plus(1),
                Ticks = block.Ticks[(int)(after.Value - block.First.Value + 1)..],
            };

    private async Task<List<TickBlock>> PageAsync(
        Offset after,
        Offset upTo,
        PageSize size,
        CancellationToken cancellation
    )
    {
        // The record that holds the next offset may begin earlier.
        var query = $"""
            SELECT stream_id, first_offset, last_offset, recorded_at, ticks FROM eventstore.market
            WHERE first_offset >= coalesce((
              SELECT m.first_offset FROM eventstore.market m WHERE m.first_offset <= {after.Value + 1}
              ORDER BY m.first_offset DESC LIMIT 1), 0)
            AND last_offset > {after.Value} AND first_offset <= {upTo.Value}
            ORDER BY first_offset LIMIT {size.Rows}
            """;
        var (rows, names) = await connections.RunAsync(
            Name,
            (connection, ct) => ReadRowsAsync(connection, query, ct),
            cancellation
        );
        size.Seen(rows.Count, rows.Sum(row => (long)row.Length));
        return [.. rows.Select(row => Cut(Decode(row, names), after))];
    }

    private async ValueTask<(
        List<ReadOnlyMemory<byte>> Rows,
        IReadOnlyDictionary<long, StreamName> Names
    )> ReadRowsAsync(NpgsqlConnection connection, string query, CancellationToken cancellation)
    {
        var rows = await BinaryCopy.ReadRowsAsync(connection, query, cancellation);
        var streams = rows.Select(row => new RowFields(row).Int64()).ToHashSet();
        return (rows, await _names.OfAsync(connection, streams, cancellation));
    }

    private TickBlock Decode(ReadOnlyMemory<byte> row, IReadOnlyDictionary<long, StreamName> names)
    {
        var fields = new RowFields(row);
        var stream = fields.Int64();
        var first = new Offset(fields.Int64());
        var last = new Offset(fields.Int64());
        var recordedAt = fields.Time();
        if (!names.TryGetValue(stream, out var name))
        {
            throw new LogDamagedException($"The record at {first} is of stream number {stream}, which has no name.");
        }

        var block = new TickBlock(first, name, recordedAt, _codec.Decode(fields.Next()));
        return block.Last == last
            ? block
            : throw new LogDamagedException(
                $"The record at offset {first} of the market log has another number of ticks."
            );
    }
}
