using Trading.Domain.Logs;
using Trading.EventStore.Journal;

namespace Trading.EventStore.Verification;

/// <summary>Looks out for anchors while the links of the chain go by in order.</summary>
internal sealed class AnchorWatch(IReadOnlyList<LogAnchor> anchors)
{
    private readonly List<LogAnchor> _waiting = [.. anchors.OrderBy(anchor => anchor.Offset.Value)];
    private readonly MerkleTree _tree = new();
    private ReadOnlyMemory<byte> _log = HashChain.Start;

    /// <summary>Takes the next link and says what is wrong with the anchors that stand at or before it.</summary>
    public IEnumerable<Finding> Take(ChainLink link)
    {
        if (_tree.Leaves == 0)
        {
            _log = link.Hash;
        }

        // The tree costs two hashes a batch: only when an anchor needs it.
        if (_waiting.Exists(anchor => !anchor.Root.IsEmpty) || _tree.Leaves == 0)
        {
            _tree.Add(link.Hash);
        }

        while (_waiting is [{ } anchor, ..] && anchor.Offset.Value <= link.Last)
        {
            _waiting.RemoveAt(0);
            if (anchor.Offset != Offset.Start && Judge(anchor, link) is { } finding)
            {
                yield return finding;
            }
        }
    }

    /// <summary>The journal ends at this offset.</summary>
    public IEnumerable<Finding> End(long head) =>
        _waiting
            .Where(anchor => anchor.Offset != Offset.Start)
            .Select(anchor =>
                Lost(anchor, $"The journal ends at {head}, before the anchor at {anchor.Offset}: its tail was cut off.")
            );

    private Finding? Judge(LogAnchor anchor, ChainLink link)
    {
        if (!anchor.Log.IsEmpty && !anchor.Log.Span.SequenceEqual(_log.Span))
        {
            return Lost(anchor, "The anchor is of another journal, or this one was written anew from its first batch.");
        }

        if (link.Last != anchor.Offset.Value || !link.Hash.AsSpan().SequenceEqual(anchor.Hash.Span))
        {
            return Lost(
                anchor,
                $"The journal no longer contains the anchor at {anchor.Offset}: its past was rewritten."
            );
        }

        return
            anchor.Root.IsEmpty
            || (anchor.Batches == _tree.Leaves && _tree.Root().AsSpan().SequenceEqual(anchor.Root.Span))
            ? null
            : Lost(
                anchor,
                $"The batches up to the anchor at {anchor.Offset} are not those that it was made of: links were changed."
            );
    }

    private static Finding Lost(LogAnchor anchor, string detail) => new(FindingKind.LostAnchor, anchor.Offset, detail);
}
