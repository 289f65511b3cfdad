using System.Buffers.Binary;
using System.Text;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;
using Trading.EventStore.Verification;

namespace Trading.EventStore.Tests.Verification;

/// <summary>A journal's tables taken out of PostgreSQL, to be changed at will: what somebody can do who may write every
/// row.</summary>
internal sealed class CopiedJournal : IJournalRows
{
    public List<CopiedEvent> Events { get; private init; } = [];

    public List<ChainLink> Links { get; private init; } = [];

    public Dictionary<long, string> Names { get; private init; } = [];

    public static async Task<CopiedJournal> OfAsync(PostgresLogs logs)
    {
        var rows = new PostgresJournalRows(logs.Reader);
        var page = await rows.EventsAsync(0, long.MaxValue, int.MaxValue, default);
        return new()
        {
            Events = page.Rows.ConvertAll(row => new CopiedEvent(row)),
            Links = await rows.LinksAsync(0, long.MaxValue, int.MaxValue, default),
            Names = page.Names.ToDictionary(pair => pair.Key, pair => pair.Value.Value),
        };
    }

    public CopiedJournal Copy() =>
        new()
        {
            Events = Events.ConvertAll(e => new CopiedEvent(e)),
            Links = [.. Links],
            Names = new(Names),
        };

    /// <summary>Gives every event the place, every batch the hash, and every event the digest that fit what the rows say
    /// now: a lie without a contradiction in itself.</summary>
    public void MakeConsistent(int from = 0)
    {
        var versions = new Dictionary<long, long>();
        for (var i = 0; i < Events.Count; i++)
        {
            var e = Events[i];
            e.Offset = i + 1;
            e.Version = versions[e.Stream] = versions.GetValueOrDefault(e.Stream) + 1;
            e.MendDigest(Names);
        }

        Rehash(from);
    }

    /// <summary>Hashes the batches anew, from one of them on.</summary>
    public void Rehash(int from)
    {
        for (var i = from; i < Links.Count; i++)
        {
            var link = Links[i];
            var chain = new HashChain();
            chain.Begin(
                i == 0 ? HashChain.Start.Span : Links[i - 1].Hash,
                new(link.First),
                link.Count,
                link.RecordedAt
            );
            foreach (var e in Events.Where(e => e.Offset >= link.First && e.Offset <= link.Last))
            {
                chain.Add(e.Version, e.Digest);
            }

            Links[i] = link with { Hash = chain.End() };
        }
    }

    public async Task<List<Finding>> VerifyAsync(params LogAnchor[] anchors)
    {
        var found = new List<Finding>();
        await foreach (var finding in new JournalVerification(this, anchors).RunAsync(null, default))
        {
            found.Add(finding);
        }

        return found;
    }

    public ValueTask<long> HeadAsync(CancellationToken cancellation) => new(Links is [.., var last] ? last.Last : 0);

    public ValueTask<List<ChainLink>> LinksAsync(long after, long upTo, int most, CancellationToken cancellation) =>
        new([.. Links.Where(link => link.Last > after && link.Last <= upTo).OrderBy(link => link.Last).Take(most)]);

    public ValueTask<JournalPage> EventsAsync(long after, long upTo, int most, CancellationToken cancellation) =>
        new(
            new JournalPage(
                [
                    .. Events
                        .Where(e => e.Offset > after && e.Offset <= upTo)
                        .OrderBy(e => e.Offset)
                        .Take(most)
                        .Select(e => (ReadOnlyMemory<byte>)e.ToRow()),
                ],
                Names.ToDictionary(pair => pair.Key, pair => StreamName.Parse(pair.Value))
            )
        );

    public ValueTask<List<long>> StraysAsync(long head, CancellationToken cancellation) =>
        new([.. Events.Select(e => e.Offset).Where(offset => offset > head || offset < 1)]);
}

/// <summary>One row, by column.</summary>
internal sealed class CopiedEvent
{
    private const int OffsetColumn = 0;
    private const int StreamColumn = 1;
    private const int VersionColumn = 2;
    private const int IdColumn = 3;
    private const int OccurredColumn = 6;
    private const int RecordedColumn = 7;
    private const int TypeColumn = 8;
    private const int UserColumn = 9;
    private const int PayloadColumn = 11;
    private readonly byte[][] _columns;

    public CopiedEvent(ReadOnlyMemory<byte> row)
    {
        _columns = new byte[PayloadColumn + 1][];
        var fields = new RowFields(row);
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i] = fields.Next().ToArray();
        }
    }

    public CopiedEvent(CopiedEvent other) => _columns = [.. other._columns.Select(column => column.ToArray())];

    public long Offset
    {
        get => Number(OffsetColumn);
        set => SetNumber(OffsetColumn, value);
    }

    public long Stream
    {
        get => Number(StreamColumn);
        set => SetNumber(StreamColumn, value);
    }

    public long Version
    {
        get => Number(VersionColumn);
        set => SetNumber(VersionColumn, value);
    }

    public byte[] Digest
    {
        get => _columns[JournalRows.DigestColumn];
        set => _columns[JournalRows.DigestColumn] = value;
    }

    public byte[] Id
    {
        get => _columns[IdColumn];
        set => _columns[IdColumn] = value;
    }

    /// <summary>Columns whose bytes an edit may change.</summary>
    public static IReadOnlyList<int> Editable { get; } =
    [
        VersionColumn,
        IdColumn,
        IdColumn + 1,
        IdColumn + 2,
        OccurredColumn,
        RecordedColumn,
        TypeColumn,
        UserColumn,
        JournalRows.DigestColumn,
        PayloadColumn,
    ];

    /// <summary>Changes one bit of a column; a digest can be mended when what it covers was changed.</summary>
    public void Flip(int column, Random random)
    {
        var bytes = _columns[column];
        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(7));
    }

    public static bool IsContent(int column) =>
        column is not (VersionColumn or RecordedColumn or JournalRows.DigestColumn);

    public void MendDigest(Dictionary<long, string> names) =>
        Digest = EventDigestOf(names.ToDictionary(pair => pair.Key, pair => StreamName.Parse(pair.Value)));

    public byte[] ToRow()
    {
        var row = new byte[2 + _columns.Sum(column => 4 + column.Length)];
        BinaryPrimitives.WriteInt16BigEndian(row, (short)_columns.Length);
        var at = 2;
        foreach (var column in _columns)
        {
            BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(at), column.Length);
            column.CopyTo(row, at + 4);
            at += 4 + column.Length;
        }

        return row;
    }

    public override string ToString() => $"{Offset}: {Encoding.UTF8.GetString(_columns[TypeColumn])} {Version}";

    private byte[] EventDigestOf(Dictionary<long, StreamName> names)
    {
        var content = JournalRows.ContentOf(ToRow(), names);
        var bytes = new byte[content.Length];
        content.Write(bytes);
        return System.Security.Cryptography.SHA256.HashData(bytes);
    }

    private long Number(int column) => BinaryPrimitives.ReadInt64BigEndian(_columns[column]);

    private void SetNumber(int column, long value) => BinaryPrimitives.WriteInt64BigEndian(_columns[column], value);
}
