using Google.Protobuf;

namespace Trading.Domain.Logs;

/// <summary>An event as a state is folded from it: without what only explains it.</summary>
/// <param name="Offset">Its place in the log.</param>
/// <param name="Version">Its place in the stream, from 1.</param>
/// <param name="OccurredAt">When it happened, by the broker's clock where there is one.</param>
/// <param name="Payload">What happened.</param>
public readonly record struct PastEvent(
    Offset Offset,
    StreamVersion Version,
    DateTimeOffset OccurredAt,
    IMessage Payload
);

/// <summary>The beginning of a replay.</summary>
/// <param name="Last">The stream's version; <see cref="StreamVersion.None"/> for a stream without events.</param>
/// <param name="First">The first events, in order; none when nothing stands after the version asked for.</param>
public sealed record ReplayStart(StreamVersion Last, IReadOnlyList<PastEvent> First);
