using Trading.Projections.TimeTravel;

namespace Trading.Tools.Diff;

/// <summary>Tells what changed.</summary>
internal interface IDiffReport
{
    /// <summary>One event and what it changed.</summary>
    ValueTask TellAsync(AccountStep step, CancellationToken cancellation);

    /// <summary>All of it together.</summary>
    ValueTask EndAsync(DiffSummary summary, CancellationToken cancellation);
}
