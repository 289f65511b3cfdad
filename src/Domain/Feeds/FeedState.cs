using System.Collections.Immutable;
using Trading.Domain.Events;

namespace Trading.Domain.Feeds;

/// <summary>What is missing in the ticks of one environment.</summary>
public sealed record FeedState
{
    /// <summary>Before the first hole.</summary>
    public static FeedState Initial { get; } = new();

    /// <summary>Holes so far; the newest one's number.</summary>
    public long Holes { get; init; }

    /// <summary>The hole that stands open; null while quotes flow.</summary>
    public FeedHoleOpened? Open { get; init; }

    /// <summary>Holes that are closed and not yet filled, oldest first.</summary>
    public ImmutableList<MissedTicks> Pending { get; init; } = [];

    /// <summary>Up to when, that moment excluded, each symbol's past has been asked for: Unix milliseconds. A symbol may be
    /// silent from one hole to the next, which then begins again at its last live tick.</summary>
    public ImmutableDictionary<string, long> Settled { get; init; } = ImmutableDictionary<string, long>.Empty;
}

/// <summary>A closed hole and what is still to be asked for.</summary>
/// <param name="Opened">How it began.</param>
/// <param name="Left">The ranges left, in the order of their names.</param>
public sealed record MissedTicks(FeedHoleOpened Opened, ImmutableList<MissedRange> Left);
