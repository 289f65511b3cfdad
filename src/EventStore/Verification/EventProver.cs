using System.Buffers.Binary;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>Makes proofs of single events. Reads the hashes of all batches up to the anchor: about a second for a million of
/// them.</summary>
/// <param name="source">Connects with a role that may read the logs, for example <see cref="PostgresLogs.Reader"/>.</param>
public sealed class EventProver(NpgsqlDataSource source)
{
    private readonly PostgresJournalRows _rows = new(source);

    /// <summary>The proof of the event at an offset, for an anchor made at <paramref name="anchor"/>, or for one made now when
    /// that is null. Null when there is no such event, or the anchor does not stand at the end of a batch after it.</summary>
    /// <exception cref="LogDamagedException">The journal is not whole around the event.</exception>
    public async Task<EventProof?> ProveAsync(
        Offset offset,
        Offset? anchor = null,
        CancellationToken cancellation = default
    )
    {
        var upTo = anchor?.Value ?? await _rows.HeadAsync(cancellation);
        if (
            offset.Value < 1
            || offset.Value > upTo
            || await LeafAsync(offset.Value, upTo, cancellation) is not { } leaf
        )
        {
            return null;
        }

        var page = await _rows.EventsAsync(leaf.Link.First - 1, leaf.Link.Last, int.MaxValue, cancellation);
        if (page.Rows.Count != leaf.Link.Count)
        {
            throw new LogDamagedException($"The batch that ends at {leaf.Link.Last} does not have all its events.");
        }

        var row = page.Rows[(int)(offset.Value - leaf.Link.First)];
        return new()
        {
            Offset = offset.Value,
            Version = VersionOf(row),
            Content = ContentOf(row, page.Names),
            Batch = new()
            {
                Previous = leaf.Previous,
                First = leaf.Link.First,
                RecordedAt = leaf.Link.RecordedAt,
                Events = [.. page.Rows.SelectMany(PartOf)],
            },
            Path = new()
            {
                Leaf = leaf.Number,
                Leaves = leaf.Leaves,
                AnchorOffset = upTo,
                Beside = await BesideAsync(leaf.Number, leaf.Leaves, upTo, cancellation),
            },
        };
    }

    private async Task<Leaf?> LeafAsync(long offset, long upTo, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(
            """
            SELECT count(*) FILTER (WHERE last_offset < $1), count(*), max(last_offset) FROM eventstore.journal_batch
            WHERE last_offset <= $2
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = offset });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var (number, leaves) = (reader.GetInt64(0), reader.GetInt64(1));
        if (number == leaves || reader.GetInt64(2) != upTo)
        {
            return null;
        }

        await reader.DisposeAsync();
        var before = await BatchAsync(connection, $"last_offset < {offset} ORDER BY last_offset DESC", cancellation);
        var link = await BatchAsync(connection, $"last_offset >= {offset} ORDER BY last_offset", cancellation);
        return link is null || link.First > offset
            ? null
            : new(number, leaves, link, before?.Hash ?? HashChain.Start.ToArray());
    }

    private static async Task<ChainLink?> BatchAsync(
        NpgsqlConnection connection,
        string which,
        CancellationToken cancellation
    )
    {
        var rows = await BinaryCopy.ReadRowsAsync(
            connection,
            $"SELECT first_offset, last_offset, recorded_at, hash FROM eventstore.journal_batch WHERE {which} LIMIT 1",
            cancellation
        );
        if (rows.Count == 0)
        {
            return null;
        }

        var fields = new RowFields(rows[0]);
        return new(fields.Int64(), fields.Int64(), fields.UnixMicroseconds(), fields.Next().ToArray());
    }

    private async Task<IReadOnlyList<byte[]>> BesideAsync(
        long leaf,
        long leaves,
        long upTo,
        CancellationToken cancellation
    )
    {
        var parts = MerkleTree.PartsBeside(leaf, leaves);
        var trees = parts.Select(_ => new MerkleTree()).ToArray();
        var inOrder = Enumerable.Range(0, parts.Count).OrderBy(i => parts[i].From).ToArray();
        var (at, number) = (0, 0L);
        await foreach (var link in _rows.AllLinksAsync(upTo, cancellation))
        {
            while (at < inOrder.Length && number >= parts[inOrder[at]].Before)
            {
                at++;
            }

            if (at < inOrder.Length && number >= parts[inOrder[at]].From)
            {
                trees[inOrder[at]].Add(link.Hash);
            }

            number++;
        }

        return [.. trees.Select(tree => tree.Root())];
    }

    private static long VersionOf(ReadOnlyMemory<byte> row)
    {
        var fields = new RowFields(row);
        fields.Next();
        fields.Next();
        return fields.Int64();
    }

    // Version and digest, as the chain takes them.
    private static byte[] PartOf(ReadOnlyMemory<byte> row)
    {
        var fields = new RowFields(row);
        for (var column = 0; column < JournalRows.DigestColumn; column++)
        {
            fields.Next();
        }

        var part = new byte[HashChain.EventSize];
        BinaryPrimitives.WriteInt64BigEndian(part, VersionOf(row));
        fields.Next().CopyTo(part.AsSpan(8));
        return part;
    }

    private static byte[] ContentOf(ReadOnlyMemory<byte> row, IReadOnlyDictionary<long, StreamName> names)
    {
        var content = JournalRows.ContentOf(row, names);
        var bytes = new byte[content.Length];
        content.Write(bytes);
        return bytes;
    }

    private sealed record Leaf(long Number, long Leaves, ChainLink Link, byte[] Previous);
}
