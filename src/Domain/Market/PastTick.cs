using Trading.Domain.Logs;

namespace Trading.Domain.Market;

/// <summary>A tick as the market log holds it.</summary>
/// <param name="Offset">Its own place in the market log.</param>
/// <param name="RecordedAt">When the log took it.</param>
/// <param name="Tick">The quote.</param>
public readonly record struct PastTick(Offset Offset, DateTimeOffset RecordedAt, Tick Tick);
