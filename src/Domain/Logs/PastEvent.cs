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
