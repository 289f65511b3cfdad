using System.Text;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore.Records;

namespace Trading.EventStore.Journal;

/// <summary>Turns rows of the journal into events.</summary>
internal sealed class JournalRows(StreamNames names)
{
    /// <summary>The columns, in the order in which they are decoded.</summary>
    public const string Columns =
        "stream_id, log_offset, version, epoch, event_id, correlation_id, causation_id, occurred_at, recorded_at, "
        + "type, user_key, digest, payload";

    /// <summary>Reads the events of one query.</summary>
    public async ValueTask<(List<RecordedEvent> Events, long Bytes)> ReadAsync(
        NpgsqlConnection connection,
        string query,
        CancellationToken cancellation
    )
    {
        var rows = await BinaryCopy.ReadRowsAsync(connection, query, cancellation);
        var streams = new HashSet<long>();
        var bytes = 0L;
        foreach (var row in rows)
        {
            streams.Add(new RowFields(row).Int64());
            bytes += row.Length;
        }

        var streamNames = await names.OfAsync(connection, streams, cancellation);
        var types = new ByteInterner<string>(Encoding.UTF8.GetString);
        var users = new ByteInterner<UserKey?>(ToUser);
        var events = new List<RecordedEvent>(rows.Count);
        foreach (var row in rows)
        {
            events.Add(Decode(row, streamNames, types, users));
        }

        return (events, bytes);
    }

    private static RecordedEvent Decode(
        ReadOnlyMemory<byte> row,
        IReadOnlyDictionary<long, StreamName> names,
        ByteInterner<string> types,
        ByteInterner<UserKey?> users
    )
    {
        var fields = new RowFields(row);
        return new()
        {
            Stream = names[fields.Int64()],
            Offset = new(fields.Int64()),
            Version = new(fields.Int64()),
            Epoch = new(fields.Int64()),
            Id = new(fields.Guid()),
            CorrelationId = fields.Guid(),
            CausationId = fields.Guid(),
            OccurredAt = fields.Time(),
            RecordedAt = fields.Time(),
            Type = types.Get(fields.Next()),
            User = users.Get(fields.Next()),
            Digest = fields.Kept(),
            Payload = fields.Kept(),
        };
    }

    private static UserKey? ToUser(byte[] bytes) =>
        bytes.Length == 0 ? null : UserKey.Parse(Convert.ToHexStringLower(bytes));
}
