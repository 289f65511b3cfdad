namespace Trading.EventStore.Transfer;

/// <summary>Whole batches that are committed together.</summary>
internal sealed record ImportGroup(List<PortableEvent> Events, List<BatchRow> Batches);
