using Trading.EventStore.Verification;

namespace Trading.EventStore.Transfer;

/// <summary>Where a file joins the journal that is there already: what both have must be the same.</summary>
internal sealed class Junction(ChainHead head)
{
    private bool _joined = head.Offset.Value == 0;

    /// <summary>What of a group is not in the journal yet; null when all of it is.</summary>
    /// <exception cref="InvalidDataException">The journal is not the beginning of the file's.</exception>
    public ImportGroup? Rest(ImportGroup group)
    {
        if (_joined)
        {
            return group;
        }

        var known = group.Batches.FindLast(batch => batch.Link.Last <= head.Offset.Value);
        if (known?.Link.Last == head.Offset.Value)
        {
            _joined = known.Link.Hash.AsSpan().SequenceEqual(head.Hash.Span)
                ? true
                : throw Another($"at offset {head.Offset} the chains differ");
        }
        else if (group.Batches[^1].Link.Last > head.Offset.Value)
        {
            // The file's first batch may stand right behind the journal: its hash was computed from the journal's.
            _joined =
                group.Batches[0].Link.First == head.Offset.Value + 1
                    ? true
                    : throw Another($"it ends at {head.Offset}, inside a commit of the file");
        }

        List<PortableEvent> events = [.. group.Events.Where(e => e.Offset > head.Offset.Value)];
        return events.Count == 0
            ? null
            : new(events, [.. group.Batches.Where(batch => batch.Link.First > head.Offset.Value)]);
    }

    /// <summary>The file has ended.</summary>
    /// <exception cref="InvalidDataException">It did not reach the journal's head.</exception>
    public void End()
    {
        if (!_joined)
        {
            throw Another($"it goes on to {head.Offset}, beyond the file's end");
        }
    }

    private static InvalidDataException Another(string why) =>
        new($"The journal here is not empty and not the beginning of the file's: {why}. Nothing was written.");
}
