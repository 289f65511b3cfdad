using System.Text;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Records;
using Trading.EventStore.Secrets;

namespace Trading.EventStore.Journal;

/// <summary>A page of rows of the journal, to be decoded one by one. For one thread.</summary>
internal sealed class JournalRows
{
    /// <summary>The columns, in the order in which they are decoded.</summary>
    public const string Columns =
        "log_offset, stream_id, version, event_id, correlation_id, causation_id, occurred_at, recorded_at, "
        + "type, user_key, digest, payload";

    /// <summary>Which of the columns is the digest.</summary>
    public const int DigestColumn = 10;

    private const int TypeColumn = 8;
    private const int UserColumn = 9;
    private const int UserKeySize = 32;
    private static readonly byte[] s_erased = Encoding.UTF8.GetBytes(UserErased.Descriptor.FullName);

    private readonly List<ReadOnlyMemory<byte>> _rows;
    private readonly IReadOnlyDictionary<long, StreamName> _names;
    private readonly ByteInterner<string> _types = new(Encoding.UTF8.GetString);
    private readonly ByteInterner<UserKey?> _users = new(ToUser);
    private long _lastStream = -1;
    private StreamName _lastName;

    private JournalRows(List<ReadOnlyMemory<byte>> rows, IReadOnlyDictionary<long, StreamName> names)
    {
        _rows = rows;
        _names = names;
    }

    /// <summary>How many rows.</summary>
    public int Count => _rows.Count;

    /// <summary>How many bytes they have.</summary>
    public long Bytes => _rows.Sum(row => (long)row.Length);

    /// <summary>Reads the rows of one query.</summary>
    public static async ValueTask<JournalRows> ReadAsync(
        NpgsqlConnection connection,
        string query,
        StreamNames names,
        CancellationToken cancellation
    )
    {
        var rows = await BinaryCopy.ReadRowsAsync(connection, query, cancellation);
        var streams = new HashSet<long>();
        var last = -1L;
        foreach (var row in rows)
        {
            var fields = new RowFields(row);
            fields.Next();
            if (fields.Int64() is var stream && stream != last)
            {
                streams.Add(stream);
                last = stream;
            }
        }

        return new(rows, await names.OfAsync(connection, streams, cancellation));
    }

    /// <summary>The offset of a row.</summary>
    public Offset OffsetOf(int row) => new(new RowFields(_rows[row]).Int64());

    /// <summary>The users that the rows are about.</summary>
    public IReadOnlyCollection<UserKey> Users()
    {
        var users = new HashSet<UserKey>();
        UserKey? last = null;
        foreach (var row in _rows)
        {
            var user = _users.Get(FieldOf(row, UserColumn));
            if (user is { } known && user != last)
            {
                users.Add(known);
            }

            last = user;
        }

        return users;
    }

    /// <summary>The users whose erasure is among the rows.</summary>
    public IEnumerable<UserKey> Erased()
    {
        foreach (var row in _rows)
        {
            if (FieldOf(row, TypeColumn).SequenceEqual(s_erased) && _users.Get(FieldOf(row, UserColumn)) is { } user)
            {
                yield return user;
            }
        }
    }

    /// <summary>One row as an event.</summary>
    /// <param name="row">Which.</param>
    /// <param name="keys">Opens personal fields.</param>
    /// <exception cref="LogDamagedException">The row cannot be an event.</exception>
    public RecordedEvent Decode(int row, IReadOnlyDictionary<UserKey, UserDataKey> keys)
    {
        Func<ReadOnlyMemory<byte>, byte[]?>? open =
            keys.Count > 0
            && _users.Get(FieldOf(_rows[row], UserColumn)) is { } user
            && keys.TryGetValue(user, out var key)
                ? box => key.Open(box.Span)
                : null;
        var fields = new RowFields(_rows[row]);
        var offset = new Offset(fields.Int64());
        return new()
        {
            Offset = offset,
            Stream = NameOf(fields.Int64(), offset),
            Version = new(fields.Int64()),
            Id = new(fields.Guid()),
            CorrelationId = fields.Guid(),
            CausationId = fields.Guid(),
            OccurredAt = fields.Time(),
            RecordedAt = fields.Time(),
            Type = _types.Get(fields.Next()),
            User = _users.Get(fields.Next()),
            Digest = fields.Kept(),
            Payload = fields.Kept(),
            OpenPersonal = open,
        };
    }

    /// <summary>A row's content as it is hashed.</summary>
    /// <exception cref="LogDamagedException">Its stream has no name.</exception>
    public static EventContent ContentOf(ReadOnlyMemory<byte> row, IReadOnlyDictionary<long, StreamName> names)
    {
        var fields = new RowFields(row);
        var offset = fields.Int64();
        var stream = fields.Int64();
        fields.Next();
        var id = fields.Next();
        var correlation = fields.Next();
        var causation = fields.Next();
        var occurredAt = fields.UnixMicroseconds();
        fields.Next();
        var type = fields.Next();
        var user = fields.Next();
        fields.Next();
        return new()
        {
            Id = id,
            Correlation = correlation,
            Causation = causation,
            OccurredAt = occurredAt,
            User = user,
            Stream = Encoding.UTF8.GetBytes(
                names.TryGetValue(stream, out var name)
                    ? name.Value
                    : throw new LogDamagedException(
                        $"The event at {offset} is of stream number {stream}, which has no name."
                    )
            ),
            Type = type,
            Payload = fields.Next(),
        };
    }

    private static ReadOnlySpan<byte> FieldOf(ReadOnlyMemory<byte> row, int column)
    {
        var fields = new RowFields(row);
        for (var i = 0; i < column; i++)
        {
            fields.Next();
        }

        return fields.Next();
    }

    private StreamName NameOf(long stream, Offset offset)
    {
        if (stream != _lastStream)
        {
            _lastName = _names.TryGetValue(stream, out var name)
                ? name
                : throw new LogDamagedException(
                    $"The event at {offset} is of stream number {stream}, which has no name."
                );
            _lastStream = stream;
        }

        return _lastName;
    }

    private static UserKey? ToUser(byte[] bytes) =>
        bytes.Length switch
        {
            0 => null,
            UserKeySize => UserKey.Parse(Convert.ToHexStringLower(bytes)),
            _ => throw new LogDamagedException($"A user key has {bytes.Length} bytes."),
        };
}
