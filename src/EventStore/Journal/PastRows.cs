using System.Text;
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
        Func<ReadOnlyMemory<byte>, byte[]?>? open = key is null ? null : box => key.Open(box.Span);
        var bytes = 0L;
        await BinaryCopy.EachRowAsync(
            connection,
            $"SELECT {Columns} FROM eventstore.journal WHERE {where}",
            row =>
            {
                bytes += row.Length;
                events.Add(Decode(row, types, open));
            },
            cancellation
        );
        return (events, bytes);
    }

    private static PastEvent Decode(
        ReadOnlyMemory<byte> row,
        ByteInterner<string> types,
        Func<ReadOnlyMemory<byte>, byte[]?>? open
    )
    {
        var fields = new RowFields(row);
        var (offset, version, occurredAt) = (fields.Int64(), fields.Int64(), fields.Time());
        var payload = EventCatalog.DecodeForFold(types.Get(fields.Next()), fields.Kept());
        if (open is not null && PersonalFields.MatterToFolds(payload.Descriptor))
        {
            PersonalFields.Open(payload, open);
        }

        return new(new(offset), new(version), occurredAt, payload);
    }
}
