using Trading.Domain.Logs;

namespace Trading.Domain.Market;

/// <summary>The ticks of one flush as the market log holds them: consecutive offsets, in the order of arrival.</summary>
/// <param name="First">The offset of the first tick; the others follow without a hole.</param>
/// <param name="Stream">The feed.</param>
/// <param name="RecordedAt">When the log took them.</param>
/// <param name="Ticks">At least one.</param>
public sealed record TickBlock(Offset First, StreamName Stream, DateTimeOffset RecordedAt, ReadOnlyMemory<Tick> Ticks)
{
    /// <summary>The offset of the last tick.</summary>
    public Offset Last => First.Plus(Ticks.Length - 1);
}
