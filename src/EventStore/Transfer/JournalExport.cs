using System.Buffers;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;
using Trading.EventStore.Verification;

namespace Trading.EventStore.Transfer;

/// <summary>Writes the journal as lines of JSON, each a CloudEvent 1.0, with all that is needed to make the same journal again:
/// payloads as they are stored (what is sealed stays sealed), batch boundaries and the chain's hashes.</summary>
/// <param name="source">Connects with a role that may read the logs (and, for <see cref="ExportOptions.WithKeys"/>, the users'
/// wrapped keys: <see cref="EventStoreSchema.AppRole"/>).</param>
public sealed class JournalExport(NpgsqlDataSource source)
{
    private const int PageEvents = 8_192;
    private const int FlushAt = 256 * 1024;
    private readonly PostgresJournalRows _rows = new(source);
    private readonly ExportTables _tables = new(source);

    /// <summary>Writes what the options choose; the stream stays the caller's.</summary>
    /// <returns>How much was written.</returns>
    /// <exception cref="LogDamagedException">The journal has a hole.</exception>
    /// <exception cref="Domain.Events.UnknownEventException">An event that cannot be written readably.</exception>
    public async Task<ExportResult> WriteAsync(
        Stream output,
        ExportOptions options,
        IProgress<Offset>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var (after, upTo) = await _tables.RangeAsync(options, cancellation);
        var buffer = new ArrayBufferWriter<byte>(2 * FlushAt);
        var log = await _rows.LinksAsync(0, long.MaxValue, 1, cancellation) is [var first]
            ? first.Hash
            : HashChain.Start;
        using var writer = new CloudEventWriter(buffer, log.Span, options.Readable);
        await using var batches = _tables.BatchesAsync(after, upTo, cancellation).GetAsyncEnumerator(cancellation);
        BatchRow? batch = null;
        var next = _rows.EventsAsync(after, upTo, PageEvents, cancellation).AsTask();
        for (var at = after; at < upTo; )
        {
            var page = await next;
            if (page.Rows.Count == 0 || OffsetOf(page.Rows[0]) != at + 1)
            {
                throw new LogDamagedException($"The journal does not go on with offset {at + 1}.");
            }

            var pageEnd = OffsetOf(page.Rows[^1]);
            if (pageEnd < upTo)
            {
                next = _rows.EventsAsync(pageEnd, upTo, PageEvents, cancellation).AsTask();
            }

            foreach (var row in page.Rows)
            {
                var offset = OffsetOf(row);
                while (batch is null || offset > batch.Link.Last)
                {
                    batch = await batches.MoveNextAsync()
                        ? batches.Current
                        : throw new LogDamagedException($"No batch covers offset {offset}.");
                }

                writer.Event(row, NameOf(row, page), batch);
                if (buffer.WrittenCount >= FlushAt)
                {
                    await FlushAsync(output, buffer, cancellation);
                }
            }

            at = pageEnd;
            progress?.Report(new(at));
        }

        if (options.WithKeys)
        {
            await foreach (var key in _tables.KeysAsync(cancellation))
            {
                writer.Key(key.User, key.Wrapped, key.MasterKey);
            }
        }

        writer.End(new(upTo), upTo - after);
        await FlushAsync(output, buffer, cancellation);
        return new(new(after + 1), new(upTo), batch?.Link.Hash ?? default(ReadOnlyMemory<byte>));
    }

    private static async Task FlushAsync(Stream output, ArrayBufferWriter<byte> buffer, CancellationToken cancellation)
    {
        await output.WriteAsync(buffer.WrittenMemory, cancellation);
        buffer.ResetWrittenCount();
    }

    private static long OffsetOf(ReadOnlyMemory<byte> row) => new RowFields(row).Int64();

    private static StreamName NameOf(ReadOnlyMemory<byte> row, JournalPage page)
    {
        var fields = new RowFields(row);
        var offset = fields.Int64();
        return page.Names.TryGetValue(fields.Int64(), out var name)
            ? name
            : throw new LogDamagedException($"The stream of the event at {offset} has no name.");
    }
}

/// <summary>What of the journal is written, and how. A range is widened to whole commits: less could not be proven.</summary>
public sealed record ExportOptions
{
    /// <summary>The first offset wanted.</summary>
    public Offset From { get; init; } = new(1);

    /// <summary>The last offset wanted.</summary>
    public Offset To { get; init; } = new(long.MaxValue);

    /// <summary>Nothing recorded before it.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Nothing recorded at it or later.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Payloads as JSON for people, in place of bytes. Cannot be imported.</summary>
    public bool Readable { get; init; }

    /// <summary>The users' keys too, wrapped by the master key: whoever has both opens what is sealed.</summary>
    public bool WithKeys { get; init; }
}

/// <summary>What was written.</summary>
/// <param name="First">The first offset.</param>
/// <param name="Last">The last offset; before <paramref name="First"/> when there was nothing.</param>
/// <param name="Hash">The chain's hash there; empty when there was nothing.</param>
public sealed record ExportResult(Offset First, Offset Last, ReadOnlyMemory<byte> Hash)
{
    /// <summary>How many events.</summary>
    public long Events => Last.Value - First.Value + 1;
}
