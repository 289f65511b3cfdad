using System.Runtime.CompilerServices;
using Npgsql;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>The journal's tables in PostgreSQL.</summary>
internal sealed class PostgresJournalRows(NpgsqlDataSource source) : IJournalRows
{
    private const int PageLinks = 16_384;
    private const int MostStrays = 1_000;
    private readonly StreamNames _names = new("journal");

    public async ValueTask<long> HeadAsync(CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(
            "SELECT last_offset FROM eventstore.journal_batch ORDER BY last_offset DESC LIMIT 1"
        );
        return await command.ExecuteScalarAsync(cancellation) is long head ? head : 0;
    }

    public async ValueTask<List<ChainLink>> LinksAsync(long after, long upTo, int most, CancellationToken cancellation)
    {
        var links = new List<ChainLink>();
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await BinaryCopy.EachRowAsync(
            connection,
            "SELECT first_offset, last_offset, recorded_at, hash FROM eventstore.journal_batch "
                + $"WHERE last_offset > {after} AND last_offset <= {upTo} ORDER BY last_offset LIMIT {most}",
            row =>
            {
                var fields = new RowFields(row);
                links.Add(new(fields.Int64(), fields.Int64(), fields.UnixMicroseconds(), fields.Next().ToArray()));
            },
            cancellation
        );
        return links;
    }

    /// <summary>All links up to an offset, in order.</summary>
    public async IAsyncEnumerable<ChainLink> AllLinksAsync(
        long upTo,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        for (var after = 0L; await LinksAsync(after, upTo, PageLinks, cancellation) is { Count: > 0 } page; )
        {
            foreach (var link in page)
            {
                yield return link;
            }

            after = page[^1].Last;
        }
    }

    public async ValueTask<JournalPage> EventsAsync(long after, long upTo, int most, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var rows = await BinaryCopy.ReadRowsAsync(
            connection,
            $"SELECT {JournalRows.Columns} FROM eventstore.journal "
                + $"WHERE log_offset > {after} AND log_offset <= {upTo} ORDER BY log_offset LIMIT {most}",
            cancellation
        );
        var streams = new HashSet<long>();
        foreach (var row in rows)
        {
            var fields = new RowFields(row);
            fields.Next();
            streams.Add(fields.Int64());
        }

        return new(rows, await _names.OfAsync(connection, streams, cancellation));
    }

    // In one statement, so that an append between two cannot be taken for a stray.
    public async ValueTask<List<long>> StraysAsync(long head, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(
            $"""
            SELECT j.log_offset FROM eventstore.journal j
            WHERE j.log_offset > $1 AND j.log_offset > coalesce((
              SELECT b.last_offset FROM eventstore.journal_batch b ORDER BY b.last_offset DESC LIMIT 1), 0)
            OR j.log_offset < 1
            ORDER BY j.log_offset LIMIT {MostStrays}
            """
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = head });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var strays = new List<long>();
        while (await reader.ReadAsync(cancellation))
        {
            strays.Add(reader.GetInt64(0));
        }

        return strays;
    }
}
