using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>Checks one stretch: no hole, every event what its digest says and readable, every batch following from the stored
/// hash before it. Works on the rows' bytes where they lie. For one thread and one stretch.</summary>
internal sealed class StretchCheck(IJournalRows rows, Stretch stretch)
{
    private const int PageRows = 4_096;

    private readonly List<Finding> _findings = [];
    private readonly List<StreamPlace> _places = [];
    private readonly HashChain _chain = new();
    private readonly Dictionary<long, byte[]> _names = [];
    private readonly ByteInterner<MessageDescriptor?> _types = new(bytes =>
        EventCatalog.ByName.GetValueOrDefault(Encoding.UTF8.GetString(bytes))
    );
    private byte[] _content = new byte[1_024];
    private byte[] _before = stretch.Before;
    private long _expected = stretch.After + 1;
    private int _nextLink;
    private ChainLink? _current;

    public async Task<StretchResult> RunAsync(CancellationToken cancellation)
    {
        for (var after = stretch.After; after < stretch.UpTo; )
        {
            var page = await rows.EventsAsync(after, stretch.UpTo, PageRows, cancellation);
            foreach (var row in page.Rows)
            {
                after = Judge(row, page.Names);
            }

            if (page.Rows.Count < PageRows)
            {
                break;
            }
        }

        Missing(stretch.UpTo + 1);
        EndBatch();
        while (BeginBatch())
        {
            EndBatch();
        }

        return new(stretch, _findings, _places);
    }

    private long Judge(ReadOnlyMemory<byte> row, IReadOnlyDictionary<long, StreamName> names)
    {
        var fields = new RowFields(row);
        var offset = fields.Int64();
        var stream = fields.Int64();
        var version = fields.Int64();
        var id = fields.Next();
        var correlation = fields.Next();
        var causation = fields.Next();
        var occurredAt = fields.UnixMicroseconds();
        var recordedAt = fields.UnixMicroseconds();
        var type = fields.Next();
        var user = fields.Next();
        var digest = fields.Next();
        var payload = fields.Next();

        if (offset < _expected)
        {
            Tell(FindingKind.StrayEvent, offset, $"Another event stands at {offset}.");
        }

        Missing(offset);
        _expected = Math.Max(_expected, offset + 1);
        _places.Add(new(offset, stream, version));
        Chain(offset, version, recordedAt, digest);
        if (NameOf(stream, names) is not { } name)
        {
            Tell(
                FindingKind.Undecodable,
                offset,
                $"The event at {offset} is of stream number {stream}, which has no name."
            );
            return offset;
        }

        if (user.Length is not (0 or EventContent.UserKeySize))
        {
            Tell(FindingKind.Undecodable, offset, $"The event at {offset} has a user key of {user.Length} bytes.");
            return offset;
        }

        var content = new EventContent
        {
            Id = id,
            Correlation = correlation,
            Causation = causation,
            OccurredAt = occurredAt,
            User = user,
            Stream = name,
            Type = type,
            Payload = payload,
        };
        if (!Fits(content, digest))
        {
            Tell(
                FindingKind.WrongDigest,
                offset,
                $"The event at {offset} ({Encoding.UTF8.GetString(name)}, version {version}) is not what was recorded."
            );
        }

        Decode(offset, type, payload);
        return offset;
    }

    private bool Fits(EventContent content, ReadOnlySpan<byte> digest)
    {
        if (_content.Length < content.Length)
        {
            _content = new byte[content.Length * 2];
        }

        Span<byte> computed = stackalloc byte[EventDigest.Size];
        Sha256.Hash(_content.AsSpan(0, content.Write(_content)), computed);
        return computed.SequenceEqual(digest);
    }

    private void Decode(long offset, ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload)
    {
        if (_types.Get(type) is not { } known)
        {
            Tell(
                FindingKind.Undecodable,
                offset,
                $"The event at {offset} is of type '{Encoding.UTF8.GetString(type)}', which this version does not know."
            );
            return;
        }

        try
        {
            known.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException invalid)
        {
            Tell(FindingKind.Undecodable, offset, $"The event at {offset} cannot be decoded: {invalid.Message}");
        }
    }

    private void Chain(long offset, long version, long recordedAt, ReadOnlySpan<byte> digest)
    {
        while (_current is null || offset > _current.Last)
        {
            EndBatch();
            if (!BeginBatch())
            {
                return;
            }
        }

        if (offset < _current.First)
        {
            return; // covered by no batch: that hole in the chain is told where links are compared
        }

        _chain.Add(version, digest);
        if (recordedAt != _current.RecordedAt)
        {
            Tell(FindingKind.WrongTime, offset, $"The event at {offset} does not bear the time of its batch.");
        }
    }

    private bool BeginBatch()
    {
        if (_nextLink == stretch.Links.Count)
        {
            return false;
        }

        _current = stretch.Links[_nextLink++];
        _chain.Begin(_before, new(_current.First), _current.Count, _current.RecordedAt);
        return true;
    }

    private void EndBatch()
    {
        if (_current is not { } link)
        {
            return;
        }

        if (!_chain.End().AsSpan().SequenceEqual(link.Hash))
        {
            Tell(
                FindingKind.BrokenChain,
                link.Last,
                $"The hash of the batch from {link.First} to {link.Last} does not follow from its events and the hash before."
            );
        }

        (_current, _before) = (null, link.Hash);
    }

    private byte[]? NameOf(long stream, IReadOnlyDictionary<long, StreamName> names)
    {
        if (!_names.TryGetValue(stream, out var bytes))
        {
            if (!names.TryGetValue(stream, out var name))
            {
                return null;
            }

            _names.Add(stream, bytes = Encoding.UTF8.GetBytes(name.Value));
        }

        return bytes;
    }

    private void Missing(long before)
    {
        if (_expected < before)
        {
            Tell(
                FindingKind.MissingOffset,
                _expected,
                before - _expected == 1
                    ? $"There is no event at {_expected}."
                    : $"There is no event from {_expected} to {before - 1}."
            );
        }
    }

    private void Tell(FindingKind kind, long offset, string detail) => _findings.Add(new(kind, new(offset), detail));
}
