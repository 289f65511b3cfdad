namespace Trading.Projections.TimeTravel;

/// <summary>One figure that an event changed.</summary>
/// <param name="Figure">Its path, for example <c>balance</c>, <c>positions.77.swap</c> or <c>orders.12.status</c>.</param>
/// <param name="Before">A number, a text, a truth or a time; null when there was none.</param>
/// <param name="After">The same after the event.</param>
public readonly record struct FigureChange(string Figure, object? Before, object? After);
