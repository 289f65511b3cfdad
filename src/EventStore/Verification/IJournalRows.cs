using Trading.Domain.Logs;

namespace Trading.EventStore.Verification;

/// <summary>The journal's tables as a verification reads them: raw, believing nothing of what they say.</summary>
internal interface IJournalRows
{
    /// <summary>The last offset of the newest link; 0 when there is none.</summary>
    ValueTask<long> HeadAsync(CancellationToken cancellation);

    /// <summary>The next links after one, in order.</summary>
    ValueTask<List<ChainLink>> LinksAsync(long after, long upTo, int most, CancellationToken cancellation);

    /// <summary>The next events after an offset, in order.</summary>
    ValueTask<JournalPage> EventsAsync(long after, long upTo, int most, CancellationToken cancellation);

    /// <summary>Offsets of events beyond the head of this moment, or before the first place; not all when there are many.</summary>
    ValueTask<List<long>> StraysAsync(long head, CancellationToken cancellation);
}

/// <summary>Events as <see cref="Journal.JournalRows.Columns"/> of a binary COPY, and what their streams are called.</summary>
internal sealed record JournalPage(List<ReadOnlyMemory<byte>> Rows, IReadOnlyDictionary<long, StreamName> Names);

/// <summary>A row of the chain.</summary>
/// <param name="First">Its first offset.</param>
/// <param name="Last">Its last offset.</param>
/// <param name="RecordedAt">Microseconds since 1970: whoever damaged the row may have put in what no calendar has.</param>
/// <param name="Hash">What the row says.</param>
internal sealed record ChainLink(long First, long Last, long RecordedAt, byte[] Hash)
{
    /// <summary>How many events it says it covers.</summary>
    public long Count => Last - First + 1;
}
