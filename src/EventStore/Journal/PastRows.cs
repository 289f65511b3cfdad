using System.Text;
using Google.Protobuf;
using Npgsql;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Records;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Journal;

/// <summary>Reads the events of a stream for folding. Of the journal's columns the server sends only those that a fold needs,
/// and payloads are decoded as they arrive, away from the thread that folds: a recovery is bound by what a row costs.</summary>
internal static class PastRows
{
    private const string Columns = "log_offset, version, occurred_at, type, payload";

    // Most streams are shorter than this: their recovery is one round trip. Of a longer one the rest comes by pages.
    private const int FirstPageEvents = 256;

    private const string Start = """
        SELECT (SELECT l.version FROM eventstore.journal l WHERE l.stream_id = s.stream_id ORDER BY l.version DESC LIMIT 1),
          (SELECT f.user_key FROM eventstore.journal f WHERE f.stream_id = s.stream_id ORDER BY f.version LIMIT 1),
          j.log_offset, j.version, j.occurred_at, j.type, j.payload
        FROM eventstore.journal_stream s
        LEFT JOIN LATERAL (
          SELECT e.log_offset, e.version, e.occurred_at, e.type, e.payload FROM eventstore.journal e
          WHERE e.stream_id = s.stream_id AND e.version > $2 ORDER BY e.version LIMIT $3
        ) j ON true
        WHERE s.name = $1
        """;

    /// <summary>The events of one page and how many bytes they had.</summary>
    /// <exception cref="UnknownEventException">An event that this version cannot read.</exception>
    public static async ValueTask<(List<PastEvent> Events, long Bytes)> ReadAsync(
        NpgsqlConnection connection,
        string where,
        int most,
        UserDataKey? key,
        CancellationToken cancellation
    )
    {
        var events = new List<PastEvent>(most);
        var types = new ByteInterner<string>(Encoding.UTF8.GetString);
        var bytes = 0L;
        await BinaryCopy.EachRowAsync(
            connection,
            $"SELECT {Columns} FROM eventstore.journal WHERE {where}",
            row =>
            {
                bytes += row.Length;
                events.Add(Decode(row, types, key));
            },
            cancellation
        );
        return (events, bytes);
    }

    /// <summary>The version of a stream, its first events after a version, and the user it is about. Personal fields stay
    /// sealed: <see cref="Open"/>.</summary>
    /// <exception cref="UnknownEventException">An event that this version cannot read.</exception>
    public static async ValueTask<(ReplayStart Start, byte[]? User)> StartAsync(
        NpgsqlConnection connection,
        StreamName stream,
        StreamVersion after,
        CancellationToken cancellation
    )
    {
        await using var command = new NpgsqlCommand(Start, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = stream.Value },
                new NpgsqlParameter<long> { TypedValue = after.Value },
                new NpgsqlParameter<int> { TypedValue = FirstPageEvents },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var events = new List<PastEvent>();
        var last = StreamVersion.None;
        byte[]? user = null;
        while (await reader.ReadAsync(cancellation))
        {
            if (events.Count == 0)
            {
                (last, user) = StreamOf(reader);
            }

            if (EventOf(reader) is { } past)
            {
                events.Add(past);
            }
        }

        return (new(last, events), user);
    }

    private static (StreamVersion Last, byte[]? User) StreamOf(NpgsqlDataReader row) =>
        (
            row.IsDBNull(0) ? StreamVersion.None : new(row.GetInt64(0)),
            row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1)
        );

    // A stream without events after the version asked for is one row without an event.
    private static PastEvent? EventOf(NpgsqlDataReader row) =>
        row.IsDBNull(2)
            ? null
            : new(
                new(row.GetInt64(2)),
                new(row.GetInt64(3)),
                row.GetFieldValue<DateTimeOffset>(4),
                EventCatalog.DecodeForFold(row.GetString(5), row.GetFieldValue<byte[]>(6))
            );

    /// <summary>Opens what of a payload a fold needs; without a key it stays sealed.</summary>
    public static void Open(IMessage payload, UserDataKey? key)
    {
        if (key is not null && PersonalFields.MatterToFolds(payload.Descriptor))
        {
            PersonalFields.Open(payload, box => key.Open(box.Span));
        }
    }

    private static PastEvent Decode(ReadOnlyMemory<byte> row, ByteInterner<string> types, UserDataKey? key)
    {
        var fields = new RowFields(row);
        var (offset, version, occurredAt) = (fields.Int64(), fields.Int64(), fields.Time());
        var payload = EventCatalog.DecodeForFold(types.Get(fields.Next()), fields.Kept());
        Open(payload, key);
        return new(new(offset), new(version), occurredAt, payload);
    }
}
