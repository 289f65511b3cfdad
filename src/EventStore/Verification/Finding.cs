using Trading.Domain.Logs;

namespace Trading.EventStore.Verification;

/// <summary>Something in a log that is not as it must be.</summary>
/// <param name="Kind">What.</param>
/// <param name="Offset">Where; for a batch, its last offset; for a hole, its first.</param>
/// <param name="Detail">In words.</param>
public sealed record Finding(FindingKind Kind, Offset Offset, string Detail);

/// <summary>What can be wrong with a log.</summary>
public enum FindingKind
{
    /// <summary>No event stands at one or more offsets before the head.</summary>
    MissingOffset,

    /// <summary>An event stands where none can be: twice, or beyond the head.</summary>
    StrayEvent,

    /// <summary>A stream's versions do not follow each other.</summary>
    WrongVersion,

    /// <summary>An event or a block of ticks cannot be read.</summary>
    Undecodable,

    /// <summary>An event's content is not what its digest says.</summary>
    WrongDigest,

    /// <summary>An event's time of recording is not that of its batch.</summary>
    WrongTime,

    /// <summary>A batch is missing, or its hash does not follow from the one before and its events.</summary>
    BrokenChain,

    /// <summary>The journal does not contain what an anchor says it contained: its past was rewritten, or its tail was cut.</summary>
    LostAnchor,

    /// <summary>An anchor does not bear the signature of the key it should.</summary>
    ForgedAnchor,

    /// <summary>An archive file is missing, or is not what its manifest says.</summary>
    DamagedArchive,
}

/// <summary>The newest link of the journal's chain: what an anchor outside the database keeps.</summary>
/// <param name="Offset">The last event it covers; 0 for an empty journal.</param>
/// <param name="Hash">32 bytes.</param>
/// <param name="RecordedAt">When it was made.</param>
public sealed record ChainHead(Offset Offset, ReadOnlyMemory<byte> Hash, DateTimeOffset RecordedAt);
