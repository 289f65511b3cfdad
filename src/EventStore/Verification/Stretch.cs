namespace Trading.EventStore.Verification;

/// <summary>A part of the journal that is checked by itself: whole batches, and all offsets from the end of the part
/// before.</summary>
/// <param name="After">Where the part before ended.</param>
/// <param name="UpTo">The last offset of its last batch.</param>
/// <param name="Before">The stored hash before its first batch.</param>
/// <param name="Links">Its batches.</param>
internal sealed record Stretch(long After, long UpTo, byte[] Before, IReadOnlyList<ChainLink> Links);

/// <summary>What a stretch showed.</summary>
/// <param name="Stretch">Which.</param>
/// <param name="Findings">What is wrong within it.</param>
/// <param name="Places">Its events' places in their streams, in order: to be followed from stretch to stretch.</param>
internal sealed record StretchResult(Stretch Stretch, List<Finding> Findings, List<StreamPlace> Places);

/// <summary>An event's place in its stream, as its row says.</summary>
internal readonly record struct StreamPlace(long Offset, long Stream, long Version);
