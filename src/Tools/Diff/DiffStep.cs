using Trading.Domain.Logs;
using Trading.Projections.Messages;
using Trading.Projections.TimeTravel;

namespace Trading.Tools.Diff;

/// <summary>An event and what it changed.</summary>
internal sealed record DiffStep(RecordedEvent Event, IReadOnlyList<FigureChange> Changes);

/// <summary>All that changed between two moments.</summary>
/// <param name="From">The first moment.</param>
/// <param name="To">The second one.</param>
/// <param name="Changes">Every figure that is not what it was.</param>
/// <param name="Equity">What an account's equity changed by; null of what is no account.</param>
internal sealed record DiffTotal(AsOf From, AsOf To, IReadOnlyList<FigureChange> Changes, EquityChange? Equity);

/// <summary>Why an account's equity is not what it was; null where a price is missing that it takes.</summary>
/// <param name="ByEvents">What it would have changed by if prices had stood still.</param>
/// <param name="ByPrices">The rest.</param>
internal sealed record EquityChange(decimal? ByEvents, decimal? ByPrices);
