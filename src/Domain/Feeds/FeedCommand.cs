using Trading.Domain.Events;

namespace Trading.Domain.Feeds;

/// <summary>What a feed is told.</summary>
public abstract record FeedCommand
{
    private FeedCommand() { }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Nobody listens any more.</summary>
    /// <param name="Environment">Demo or live.</param>
    /// <param name="Reason">As in <see cref="FeedHoleOpened"/>.</param>
    /// <param name="Symbols">What was streamed, with its last quotes.</param>
    /// <param name="MarketOffset">Up to here the market log is complete.</param>
    public sealed record OpenHole(
        BrokerEnvironment Environment,
        string Reason,
        IReadOnlyList<QuoteBeforeHole> Symbols,
        long MarketOffset
    ) : FeedCommand;

    /// <summary>Quotes flow again.</summary>
    /// <param name="Hole">Which hole; a hole that is not the open one changes nothing.</param>
    /// <param name="Ranges">What may be missing.</param>
    public sealed record CloseHole(long Hole, IReadOnlyList<MissedRange> Ranges) : FeedCommand;

    /// <summary>A range, or its beginning, has been filled.</summary>
    /// <param name="Filled">What to record.</param>
    public sealed record NoteFilled(TicksBackfilled Filled) : FeedCommand;

    /// <summary>A range, or its beginning, cannot be filled.</summary>
    /// <param name="Lost">What to record.</param>
    public sealed record NoteLost(TicksNotFillable Lost) : FeedCommand;
}
