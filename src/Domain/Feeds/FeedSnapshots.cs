using System.Collections.Immutable;
using Google.Protobuf;
using Trading.Domain.Snapshots;

namespace Trading.Domain.Feeds;

/// <summary>A feed's state as bytes and back.</summary>
public static class FeedSnapshots
{
    /// <summary>Names the shape.</summary>
    public const string Schema = "feed-holes-2";

    /// <summary>The bytes of a state.</summary>
    public static byte[] Write(FeedState state)
    {
        var snapshot = new FeedSnapshot { Holes = state.Holes, Open = state.Open };
        snapshot.Pending.AddRange(
            state.Pending.Select(missed => new PendingHole { Opened = missed.Opened, Left = { missed.Left } })
        );
        snapshot.Settled.Add(state.Settled);
        return snapshot.ToByteArray();
    }

    /// <summary>The state of bytes that <see cref="Write"/> made.</summary>
    /// <exception cref="InvalidProtocolBufferException">Other bytes.</exception>
    public static FeedState Read(ReadOnlyMemory<byte> bytes)
    {
        var snapshot = FeedSnapshot.Parser.ParseFrom(bytes.Span);
        return new()
        {
            Holes = snapshot.Holes,
            Open = snapshot.Open,
            Pending = [.. snapshot.Pending.Select(hole => new MissedTicks(hole.Opened, [.. hole.Left]))],
            Settled = snapshot.Settled.ToImmutableDictionary(),
        };
    }
}
