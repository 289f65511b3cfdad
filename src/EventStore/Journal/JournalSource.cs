using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Journal;

/// <summary>Reads the journal's table in pages. A page is taken whole and its connection given back before it is handed on,
/// so that a slow reader holds nothing on the server; the next page is fetched meanwhile.</summary>
internal sealed class JournalSource(PostgresConnections connections, EventStoreOptions options)
    : IRecordTable<IReadOnlyList<RecordedEvent>>
{
    private readonly StreamNames _names = new("journal");

    public string Name => "journal";

    public ValueTask<Offset> HeadAsync(CancellationToken cancellation) =>
        connections.RunAsync(Name, HeadAsync, cancellation);

    public async ValueTask<Offset> HeadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "SELECT last_offset FROM eventstore.journal_batch ORDER BY last_offset DESC LIMIT 1",
            connection
        );
        return new(await command.ExecuteScalarAsync(cancellation) is long head ? head : 0);
    }

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> ReadAsync(
        Offset after,
        Offset upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var expected = after.Plus(1);
        await foreach (var page in PagesAsync(after.Value, upTo.Value, Query, Last, cancellation))
        {
            if (page[0].Offset != expected || page[^1].Offset != expected.Plus(page.Count - 1))
            {
                throw new LogDamagedException($"The journal does not go on with offset {expected}.");
            }

            expected = page[^1].Offset.Plus(1);
            yield return page;
        }

        if (expected <= upTo)
        {
            throw new LogDamagedException($"The journal has no offset {expected}, but its head is {upTo}.");
        }

        static long Last(RecordedEvent e) => e.Offset.Value;

        static string Query(long from, long to, int rows) =>
            $"SELECT {JournalRows.Columns} FROM eventstore.journal "
            + $"WHERE log_offset > {from} AND log_offset <= {Math.Min(to, from + rows)} ORDER BY log_offset";
    }

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (id, last) = await connections.RunAsync(Name, (c, ct) => FindAsync(c, stream, ct), cancellation);
        await foreach (var page in PagesAsync(after.Value, last, Query, Last, cancellation))
        {
            foreach (var recorded in page)
            {
                yield return recorded;
            }
        }

        static long Last(RecordedEvent e) => e.Version.Value;

        string Query(long from, long to, int rows) =>
            $"SELECT {JournalRows.Columns} FROM eventstore.journal WHERE stream_id = {id} "
            + $"AND version > {from} AND version <= {Math.Min(to, from + rows)} ORDER BY version";
    }

    public Offset LastOf(IReadOnlyList<RecordedEvent> chunk) => chunk[^1].Offset;

    public IReadOnlyList<RecordedEvent> CutAfter(IReadOnlyList<RecordedEvent> chunk, Offset after) => Cut(chunk, after);

    /// <summary>What of a chunk stands after an offset.</summary>
    public static IReadOnlyList<RecordedEvent> Cut(IReadOnlyList<RecordedEvent> chunk, Offset after) =>
        after < chunk[0].Offset ? chunk : [.. chunk.SkipWhile(e => e.Offset <= after)];

    private static async ValueTask<(long Id, long Version)> FindAsync(
        NpgsqlConnection connection,
        StreamName stream,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT s.stream_id, (
              SELECT j.version FROM eventstore.journal j WHERE j.stream_id = s.stream_id ORDER BY j.version DESC LIMIT 1)
            FROM eventstore.journal_stream s WHERE s.name = $1
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) && !await reader.IsDBNullAsync(1, cancellation)
            ? (reader.GetInt64(0), reader.GetInt64(1))
            : (0, 0);
    }

    private async IAsyncEnumerable<List<RecordedEvent>> PagesAsync(
        long after,
        long last,
        Func<long, long, int, string> query,
        Func<RecordedEvent, long> placeOf,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        if (after >= last)
        {
            yield break;
        }

        var size = new PageSize(options.PageEvents, options.PageBytes);
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var next = PageAsync(query(after, last, size.Rows), size, abandoned.Token);
        try
        {
            while (true)
            {
                var page = await next;
                if (page.Count == 0)
                {
                    yield break;
                }

                after = placeOf(page[^1]);
                if (after < last)
                {
                    next = PageAsync(query(after, last, size.Rows), size, abandoned.Token);
                }

                yield return page;
                if (after >= last)
                {
                    yield break;
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
    }

    private async Task<List<RecordedEvent>> PageAsync(string query, PageSize size, CancellationToken cancellation)
    {
        var rows = await connections.RunAsync(
            Name,
            (connection, ct) => JournalRows.ReadAsync(connection, query, _names, ct),
            cancellation
        );
        size.Seen(rows.Count, rows.Bytes);
        var events = new List<RecordedEvent>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            events.Add(rows.Decode(i));
        }

        return events;
    }
}
