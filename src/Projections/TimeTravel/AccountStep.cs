using Trading.Domain.Logs;
using Trading.Projections.Accounts;

namespace Trading.Projections.TimeTravel;

/// <summary>An event and what it changed of an account.</summary>
/// <param name="Event">The event.</param>
/// <param name="Account">The account right after it; null when the event changed an order alone before the account was
/// known.</param>
/// <param name="Changes">The figures it changed; empty when it changed none that is told of.</param>
public sealed record AccountStep(RecordedEvent Event, AccountView? Account, IReadOnlyList<FigureChange> Changes);
