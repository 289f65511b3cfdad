using Trading.EventStore.Journal;
using Trading.EventStore.Verification;

namespace Trading.EventStore.Transfer;

/// <summary>Reads a transfer file into groups of whole batches and holds each batch to the chain: what was changed in the file
/// does not get past this. For one thread.</summary>
/// <param name="stream">Lines, not compressed.</param>
/// <param name="before">Where the journal that is there ends: a file may begin behind it.</param>
internal sealed class ImportFile(Stream stream, ChainHead before)
{
    private const int GroupEvents = 20_000;

    private readonly LineReader _lines = new(stream);
    private readonly CloudEventReader _reader = new();
    private readonly HashChain _chain = new();
    private readonly List<PortableEvent> _batch = [];
    private byte[] _hash = HashChain.Start.ToArray();
    private long _head;
    private long _count;
    private bool _ended;

    /// <summary>The users' keys that came with the file.</summary>
    public List<TransferLine.Key> Keys { get; } = [];

    /// <summary>The next group; null after the last one.</summary>
    /// <exception cref="InvalidDataException">The file is cut short, was changed, or is no transfer file.</exception>
    public ImportGroup? Next()
    {
        var group = new ImportGroup([], []);
        if (_ended)
        {
            return null;
        }

        while (group.Events.Count < GroupEvents)
        {
            switch (_lines.Next() is { } line ? _reader.Read(line.Span, _lines.Number) : null)
            {
                case TransferLine.Event { Content: var recorded }:
                    Take(recorded, group);
                    break;
                case TransferLine.Key key:
                    Keys.Add(key);
                    break;
                case TransferLine.End end
                    when _batch.Count == 0 && (_count == 0 || (end.Offset == _head && end.Count == _count)):
                    _ended = true;
                    return group.Events.Count > 0 ? group : null;
                case TransferLine.End:
                    throw new InvalidDataException(
                        $"The file's end does not fit: it holds {_count} events up to {_head}."
                    );
                default:
                    throw new InvalidDataException(
                        $"The file is cut short: it ends after offset {_head + _batch.Count} and has no last line."
                    );
            }
        }

        return group;
    }

    private void Take(PortableEvent recorded, ImportGroup group)
    {
        if (_count == 0 && recorded.Offset == before.Offset.Value + 1)
        {
            (_head, _hash) = (before.Offset.Value, before.Hash.ToArray());
        }

        if (recorded.Offset != _head + _batch.Count + 1)
        {
            throw new InvalidDataException(
                $"The file goes on with offset {recorded.Offset}, not {_head + _batch.Count + 1}."
            );
        }

        _batch.Add(recorded);
        _count++;
        if (recorded.BatchHash is not { } hash)
        {
            return;
        }

        var (first, last) = (_batch[0], recorded);
        _chain.Begin(_hash, new(_head + 1), _batch.Count, first.RecordedAt);
        foreach (var e in _batch)
        {
            _chain.Add(e.Version, e.Digest);
        }

        if (
            !_chain.End().AsSpan().SequenceEqual(hash)
            || _batch.Exists(e => e.RecordedAt != first.RecordedAt || e.BatchId != first.BatchId)
        )
        {
            throw new InvalidDataException(
                $"The batch from {first.Offset} to {last.Offset} is not the one that was exported: its hash does not follow "
                    + "from its events and the hash before."
            );
        }

        group.Events.AddRange(_batch);
        group.Batches.Add(new(new(first.Offset, last.Offset, first.RecordedAt, hash), first.BatchId));
        (_head, _hash) = (last.Offset, hash);
        _batch.Clear();
    }
}
