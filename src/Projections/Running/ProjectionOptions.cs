using Trading.Domain.Liveness;

namespace Trading.Projections.Running;

/// <summary>How projections run.</summary>
public sealed record ProjectionOptions
{
    /// <summary>Most events in one transaction, 1 to 1,000,000. Live, a batch is whatever has arrived meanwhile.</summary>
    public int MostEvents { get; init; } = 4_000;

    /// <summary>Most ticks in one transaction of a market projection.</summary>
    public int MostTicks { get; init; } = 500_000;

    /// <summary>The first pause after a failure; it doubles up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause after failures.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the head is looked at, and how often a standby asks whether it may take over.</summary>
    public TimeSpan WatchPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Behind or failing for this long without progress is stuck.</summary>
    public TimeSpan StuckAfter { get; init; } = Pulse.Patience;

    /// <summary>No further behind than this is live.</summary>
    public TimeSpan LiveWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The projections that run in this process, by name without version, for example <c>accounts</c>; none named:
    /// all. For a process of its own that rebuilds one read model while the others stay where they are.</summary>
    public IReadOnlyCollection<string> Only { get; init; } = [];

    /// <summary>A rebuild that does not move for this long has failed.</summary>
    public TimeSpan RebuildFailsAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a rebuild writes down how far it is, and looks whether it is to end.</summary>
    public TimeSpan RebuildReport { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>While a live table is behind by more than this, a rebuild waits.</summary>
    public TimeSpan LiveLagBound { get; init; } = TimeSpan.FromMilliseconds(50);
}
