namespace Trading.Projections.Messages;

/// <summary>The moment that a past answer is for.</summary>
/// <param name="Offset">All events of the journal up to this offset are in it, none after it.</param>
/// <param name="Time">Prices are the last ones recorded at or before this time.</param>
public sealed record AsOf(long Offset, DateTimeOffset Time);
