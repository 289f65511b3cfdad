using Trading.Domain.Logs;

namespace Trading.Projections.TimeTravel;

/// <summary>Where in the journal each figure got its present value.</summary>
/// <param name="Places">The offset of the event that last changed each figure, by the figure's path.</param>
public sealed record FigureTrail(IReadOnlyDictionary<string, Offset> Places);
