using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>Proves, or disproves, that the logs are whole: reads them from the first event to the head, holding a few pages
/// at a time (and one number per stream). Needs to read only.</summary>
/// <param name="source">Connects with a role that may read the logs, for example <see cref="PostgresLogs.Reader"/>.</param>
public sealed class LogVerifier(NpgsqlDataSource source)
{
    /// <summary>Checks the journal: offsets dense, versions contiguous, events decodable, digests right, chain whole, nothing
    /// beyond the head. One wrong place does not hide the next: each batch is checked against the stored hash before it.</summary>
    /// <param name="progress">Told of the offset reached, once a page.</param>
    /// <param name="anchors">What the journal must still contain.</param>
    /// <param name="cancellation">Gives up.</param>
    public IAsyncEnumerable<Finding> VerifyJournalAsync(
        IProgress<Offset>? progress = null,
        IReadOnlyList<LogAnchor>? anchors = null,
        CancellationToken cancellation = default
    ) => new JournalVerification(new PostgresJournalRows(source), anchors ?? []).RunAsync(progress, cancellation);

    /// <summary>Checks the market log: records follow each other without a hole (from the oldest that retention has left),
    /// versions contiguous, blocks readable and of the right length.</summary>
    /// <param name="progress">Told of the offset reached, once a page.</param>
    /// <param name="cancellation">Gives up.</param>
    public IAsyncEnumerable<Finding> VerifyMarketAsync(
        IProgress<Offset>? progress = null,
        CancellationToken cancellation = default
    ) => new MarketVerification(source).RunAsync(progress, cancellation);

    /// <summary>The first offset that the market log holds; null when it is empty.</summary>
    public async Task<Offset?> OldestTickAsync(CancellationToken cancellation = default)
    {
        await using var command = source.CreateCommand(
            "SELECT first_offset FROM eventstore.market ORDER BY first_offset LIMIT 1"
        );
        return await command.ExecuteScalarAsync(cancellation) is long oldest ? new Offset(oldest) : null;
    }

    /// <summary>The newest link of the journal's chain at this moment.</summary>
    public Task<ChainHead> HeadAsync(CancellationToken cancellation = default) =>
        LinkAsync("ORDER BY last_offset DESC", cancellation);

    /// <summary>The first link of the journal's chain that covers an offset, or the newest when none does.</summary>
    public async Task<ChainHead> LinkAtAsync(Offset offset, CancellationToken cancellation = default) =>
        await LinkAsync($"WHERE last_offset >= {offset.Value} ORDER BY last_offset", cancellation)
            is { Offset.Value: > 0 } link
            ? link
            : await HeadAsync(cancellation);

    /// <summary>What the journal is at this moment, to be signed and kept elsewhere. Believes the stored links: verify first
    /// what is to be anchored.</summary>
    /// <param name="now">The moment, as the anchor will say it.</param>
    /// <param name="progress">Told of the offset reached, once a batch.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<LogAnchor> AnchorAsync(
        DateTimeOffset now,
        IProgress<Offset>? progress = null,
        CancellationToken cancellation = default
    )
    {
        var rows = new PostgresJournalRows(source);
        var head = await HeadAsync(cancellation);
        var tree = new MerkleTree();
        ReadOnlyMemory<byte> log = HashChain.Start;
        await foreach (var link in rows.AllLinksAsync(head.Offset.Value, cancellation))
        {
            log = tree.Leaves == 0 ? link.Hash : log;
            tree.Add(link.Hash);
            progress?.Report(new(link.Last));
        }

        return new()
        {
            Log = log,
            Offset = head.Offset,
            Hash = head.Hash,
            Batches = tree.Leaves,
            Root = tree.Root(),
            RecordedAt = head.RecordedAt,
            AnchoredAt = PostgresTime.Cut(now),
        };
    }

    private async Task<ChainHead> LinkAsync(string which, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        var rows = await BinaryCopy.ReadRowsAsync(
            connection,
            $"SELECT last_offset, hash, recorded_at FROM eventstore.journal_batch {which} LIMIT 1",
            cancellation
        );
        if (rows.Count == 0)
        {
            return new(Offset.Start, HashChain.Start, DateTimeOffset.UnixEpoch);
        }

        var fields = new RowFields(rows[0]);
        return new(new(fields.Int64()), fields.Kept(), fields.Time());
    }
}
