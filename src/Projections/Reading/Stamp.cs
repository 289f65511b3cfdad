using Trading.Domain.Logs;

namespace Trading.Projections.Reading;

/// <summary>Where a row of a read model comes from and how fresh it is.</summary>
/// <param name="Offset">The offset of the event that last changed it: its version for an ETag.</param>
/// <param name="UpdatedAt">When the log took that event.</param>
/// <param name="WrittenAt">When the row was last written to the read model.</param>
public readonly record struct Stamp(Offset Offset, DateTimeOffset UpdatedAt, DateTimeOffset WrittenAt);

/// <summary>Rows that were asked for together.</summary>
/// <param name="Items">The rows, in the order that the query promises.</param>
/// <param name="Stamp">The newest change among all rows the list is chosen from, those included that a change took off the
/// list; null when there has never been a row.</param>
/// <param name="More">There are more rows than were asked for.</param>
public sealed record ReadList<T>(IReadOnlyList<T> Items, Stamp? Stamp, bool More = false);
