using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Records;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Journal;

/// <summary>Reads the journal's table in pages. A page is taken whole and its connection given back before it is handed on,
/// so that a slow reader holds nothing on the server; the next pages are fetched meanwhile.</summary>
internal sealed class JournalSource(
    PostgresConnections connections,
    EventStoreOptions options,
    UserKeys? keys,
    TimeProvider time
) : IRecordTable<IReadOnlyList<RecordedEvent>>
{
    private static readonly IReadOnlyDictionary<UserKey, UserDataKey> s_none = new Dictionary<UserKey, UserDataKey>();

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
        var size = Page();
        var expected = after.Plus(1);
        await foreach (var page in ReadAhead.PagesAsync(after.Value, upTo.Value, size, Read, cancellation))
        {
            if (page.Count == 0 || page[0].Offset != expected || page[^1].Offset != expected.Plus(page.Count - 1))
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

        Task<List<RecordedEvent>> Read(long from, long to, CancellationToken stopping) =>
            PageAsync($"log_offset > {from} AND log_offset <= {to} ORDER BY log_offset", size, stopping);
    }

    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        StreamName stream,
        StreamVersion after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await foreach (
            var page in StreamPagesAsync(
                stream,
                after,
                (where, size, _, ct) => PageAsync(where, size, ct),
                e => e.Version,
                cancellation
            )
        )
        {
            foreach (var recorded in page)
            {
                yield return recorded;
            }
        }
    }

    /// <summary>The version of a stream and its first events after a version, in one round trip.</summary>
    public async ValueTask<ReplayStart> StartReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    )
    {
        var (start, user) = await connections.RunAsync(
            Name,
            (connection, ct) => PastRows.StartAsync(connection, stream, after, ct),
            cancellation
        );
        if (start.First.Any(past => PersonalFields.MatterToFolds(past.Payload.Descriptor)))
        {
            var key = await KeyOfAsync(user, cancellation);
            foreach (var past in start.First)
            {
                PastRows.Open(past.Payload, key);
            }
        }

        if (start.First is [.., var last] && last.Version.Value != after.Value + start.First.Count)
        {
            throw new LogDamagedException(
                $"Stream {stream} has no version {FirstMissing(start.First, e => e.Version, after.Value + 1)}."
            );
        }

        return start;
    }

    public IAsyncEnumerable<IReadOnlyList<PastEvent>> ReplayAsync(
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    ) => StreamPagesAsync(stream, after, PastPageAsync, e => e.Version, cancellation);

    // Pages of a stream in which no version is missing.
    private async IAsyncEnumerable<IReadOnlyList<TEvent>> StreamPagesAsync<TEvent>(
        StreamName stream,
        StreamVersion after,
        Func<string, PageSize, UserDataKey?, CancellationToken, Task<List<TEvent>>> read,
        Func<TEvent, StreamVersion> versionOf,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (id, last, user) = await connections.RunAsync(Name, (c, ct) => FindAsync(c, stream, ct), cancellation);
        var key = await KeyOfAsync(user, cancellation);
        var size = Page();
        var expected = after.Value + 1;
        await foreach (var page in ReadAhead.PagesAsync(after.Value, last, size, Read, cancellation))
        {
            // Versions are unique and come in order: where the page ends in the right place, it has no hole.
            if (page.Count > 0 && versionOf(page[^1]).Value != expected + page.Count - 1)
            {
                throw new LogDamagedException(
                    $"Stream {stream} has no version {FirstMissing(page, versionOf, expected)}."
                );
            }

            expected += page.Count;
            yield return page;
        }

        if (expected <= last)
        {
            throw new LogDamagedException($"Stream {stream} has no version {expected}, but its last is {last}.");
        }

        Task<List<TEvent>> Read(long from, long to, CancellationToken stopping) =>
            read($"stream_id = {id} AND version > {from} AND version <= {to} ORDER BY version", size, key, stopping);
    }

    private static long FirstMissing<TEvent>(
        IReadOnlyList<TEvent> page,
        Func<TEvent, StreamVersion> versionOf,
        long expected
    ) => expected + page.TakeWhile((e, place) => versionOf(e).Value == expected + place).Count();

    private PageSize Page() => new(options.PageEvents, options.PageBytes, time);

    /// <summary>The last offset recorded at or before a moment.</summary>
    public ValueTask<Offset> OffsetAtAsync(DateTimeOffset moment, CancellationToken cancellation) =>
        connections.RunAsync(
            Name,
            (connection, ct) => RecordedTimes.LastAtAsync(connection, RecordedTimes.Journal, moment, ct),
            cancellation
        );

    /// <summary>The event at an offset.</summary>
    public async ValueTask<RecordedEvent?> FindAsync(Offset offset, CancellationToken cancellation) =>
        (await PageAsync($"log_offset = {offset.Value}", Page(), cancellation)).FirstOrDefault();

    public Offset LastOf(IReadOnlyList<RecordedEvent> chunk) => chunk[^1].Offset;

    public IReadOnlyList<RecordedEvent> CutAfter(IReadOnlyList<RecordedEvent> chunk, Offset after) => Cut(chunk, after);

    /// <summary>What of a chunk stands after an offset.</summary>
    public static IReadOnlyList<RecordedEvent> Cut(IReadOnlyList<RecordedEvent> chunk, Offset after) =>
        after < chunk[0].Offset ? chunk : [.. chunk.SkipWhile(e => e.Offset <= after)];

    private static async ValueTask<(long Id, long Version, byte[]? User)> FindAsync(
        NpgsqlConnection connection,
        StreamName stream,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT s.stream_id, (
              SELECT j.version FROM eventstore.journal j WHERE j.stream_id = s.stream_id ORDER BY j.version DESC LIMIT 1),
              (SELECT j.user_key FROM eventstore.journal j WHERE j.stream_id = s.stream_id ORDER BY j.version LIMIT 1)
            FROM eventstore.journal_stream s WHERE s.name = $1
            """,
            connection
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Value });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        return await reader.ReadAsync(cancellation) && !await reader.IsDBNullAsync(1, cancellation)
            ? (
                reader.GetInt64(0),
                reader.GetInt64(1),
                await reader.IsDBNullAsync(2, cancellation)
                    ? null
                    : await reader.GetFieldValueAsync<byte[]>(2, cancellation)
            )
            : (0, 0, null);
    }

    // Whoever was erased is forgotten first: what is read from here on is opened by the keys that still stand.
    private async ValueTask<IReadOnlyDictionary<UserKey, UserDataKey>> KeysAsync(
        JournalRows rows,
        CancellationToken cancellation
    )
    {
        if (keys is null)
        {
            return s_none;
        }

        foreach (var erased in rows.Erased())
        {
            keys.Forget(erased);
        }

        var users = rows.Users();
        return users.Count == 0
            ? s_none
            : await connections.TryAsync(Name, ct => keys.FindAsync(users, ct), cancellation);
    }

    private async ValueTask<UserDataKey?> KeyOfAsync(byte[]? user, CancellationToken cancellation)
    {
        if (keys is null || user is not { Length: EventContent.UserKeySize })
        {
            return null;
        }

        var owner = UserKey.Parse(Convert.ToHexStringLower(user));
        return (await connections.TryAsync(Name, ct => keys.FindAsync([owner], ct), cancellation)).GetValueOrDefault(
            owner
        );
    }

    private async Task<List<PastEvent>> PastPageAsync(
        string where,
        PageSize size,
        UserDataKey? key,
        CancellationToken cancellation
    )
    {
        var (events, bytes) = await connections.RunAsync(
            Name,
            (connection, ct) => PastRows.ReadAsync(connection, where, size.Rows, key, ct),
            cancellation
        );
        size.Seen(events.Count, bytes);
        return events;
    }

    private async Task<List<RecordedEvent>> PageAsync(string where, PageSize size, CancellationToken cancellation)
    {
        var query = $"SELECT {JournalRows.Columns} FROM eventstore.journal WHERE {where}";
        var rows = await connections.RunAsync(
            Name,
            (connection, ct) => JournalRows.ReadAsync(connection, query, _names, ct),
            cancellation
        );
        size.Seen(rows.Count, rows.Bytes);
        var open = await KeysAsync(rows, cancellation);
        var events = new List<RecordedEvent>(rows.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            events.Add(rows.Decode(i, open));
        }

        return events;
    }
}
