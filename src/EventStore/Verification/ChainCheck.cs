using System.Runtime.CompilerServices;
using Npgsql;
using Trading.Domain.Logs;
using Trading.EventStore.Journal;
using Trading.EventStore.Records;

namespace Trading.EventStore.Verification;

/// <summary>Walks the links of the chain beside the events.</summary>
internal sealed class ChainCheck(NpgsqlDataSource source, long head) : IDisposable
{
    private const int PageLinks = 4_096;

    private readonly Queue<Link> _links = new();
    private readonly HashChain _chain = new();
    private byte[] _before = HashChain.Start.ToArray();
    private long _lastRead;
    private long _lastCovered;
    private Link? _current;

    /// <summary>Takes the next event and gives what its batch, when it ends before this event, shows.</summary>
    public async IAsyncEnumerable<Finding> TakeAsync(
        RecordedEvent recorded,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        while (_current is null || recorded.Offset.Value > _current.Last)
        {
            if (End() is { } broken)
            {
                yield return broken;
            }

            if (await NextAsync(cancellation) is not { } link)
            {
                yield break;
            }

            if (Begin(link) is { } hole)
            {
                yield return hole;
            }
        }

        if (recorded.Offset.Value < _current.First)
        {
            yield break; // covered by no batch: the hole was told when the batch began
        }

        _chain.Add(recorded.Version, recorded.Digest.Span);
        if (recorded.RecordedAt != _current.RecordedAt)
        {
            yield return new(
                FindingKind.WrongTime,
                recorded.Offset,
                $"The event at {recorded.Offset} does not bear the time of its batch."
            );
        }
    }

    /// <summary>Ends with the last event: checks the batch it is in and those for which no events are left.</summary>
    public async IAsyncEnumerable<Finding> EndAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        do
        {
            if (End() is { } broken)
            {
                yield return broken;
            }

            if (await NextAsync(cancellation) is { } link && Begin(link) is { } hole)
            {
                yield return hole;
            }
        } while (_current is not null);
    }

    public void Dispose() => _chain.Dispose();

    private Finding? Begin(Link link)
    {
        _current = link;
        _chain.Begin(_before, new(link.First), link.Last - link.First + 1, link.RecordedAt);
        return link.First == _lastCovered + 1
            ? null
            : new(
                FindingKind.BrokenChain,
                new(link.Last),
                $"The batch that ends at {link.Last} begins at {link.First}, the one before it ended at {_lastCovered}."
            );
    }

    private Finding? End()
    {
        if (_current is not { } link)
        {
            return null;
        }

        var whole = _chain.End().AsSpan().SequenceEqual(link.Hash);
        (_current, _before, _lastCovered) = (null, link.Hash, link.Last);
        return whole
            ? null
            : new(
                FindingKind.BrokenChain,
                new(link.Last),
                $"The hash of the batch from {link.First} to {link.Last} does not follow from its events and the hash before."
            );
    }

    private async ValueTask<Link?> NextAsync(CancellationToken cancellation)
    {
        if (_links.Count == 0)
        {
            await using var connection = await source.OpenConnectionAsync(cancellation);
            var rows = await BinaryCopy.ReadRowsAsync(
                connection,
                "SELECT first_offset, last_offset, recorded_at, hash FROM eventstore.journal_batch "
                    + $"WHERE last_offset > {_lastRead} AND last_offset <= {head} ORDER BY last_offset LIMIT {PageLinks}",
                cancellation
            );
            foreach (var row in rows)
            {
                var fields = new RowFields(row);
                _links.Enqueue(new(fields.Int64(), fields.Int64(), fields.Time(), fields.Next().ToArray()));
            }

            _lastRead = _links.Count > 0 ? _links.Last().Last : _lastRead;
        }

        return _links.TryDequeue(out var link) ? link : null;
    }

    private sealed record Link(long First, long Last, DateTimeOffset RecordedAt, byte[] Hash);
}
