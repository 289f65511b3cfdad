using System.Diagnostics.Metrics;
using Trading.Actors.Feeds;

namespace Trading.Actors;

/// <summary>What the write side tells about itself, on the meter <c>Trading.Actors</c>.</summary>
public sealed class ActorMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Trading.Actors";

    private readonly Meter _meter = new(MeterName);

    /// <summary>Makes the instruments.</summary>
    public ActorMetrics()
    {
        Restarts = _meter.CreateCounter<long>(
            "trading.actors.restarts",
            description: "Actors that failed and were started again"
        );
        Refused = _meter.CreateCounter<long>(
            "trading.actors.mailbox.refused",
            description: "Commands that found a full mailbox"
        );
        MailboxDepth = _meter.CreateHistogram<int>(
            "trading.actors.mailbox.depth",
            description: "Messages waiting when one is taken"
        );
        Persist = _meter.CreateHistogram<double>(
            "trading.actors.persist.duration",
            "ms",
            "From append to acknowledgement"
        );
        Duplicates = _meter.CreateCounter<long>(
            "trading.actors.duplicates",
            description: "Appends the log had already"
        );
        Fenced = _meter.CreateCounter<long>(
            "trading.actors.fenced",
            description: "Actors that lost their stream to another owner"
        );
        Sessions = _meter.CreateUpDownCounter<long>("trading.actors.sessions", description: "Sessions in memory");
        Running = _meter.CreateUpDownCounter<long>(
            "trading.actors.sessions.running",
            description: "Sessions that are to run"
        );
        Live = _meter.CreateUpDownCounter<long>(
            "trading.actors.sessions.live",
            description: "Sessions whose link stands"
        );
        LinksLost = _meter.CreateCounter<long>(
            "trading.actors.links.lost",
            description: "Links that broke or failed to come up"
        );
        TicksTaken = _meter.CreateCounter<long>(
            "trading.actors.ticks.taken",
            description: "Ticks taken from the price source"
        );
        TicksRepeated = _meter.CreateCounter<long>(
            "trading.actors.ticks.repeated",
            description: "Ticks dropped as repeats after a subscription"
        );
        TicksForeign = _meter.CreateCounter<long>(
            "trading.actors.ticks.foreign",
            description: "Ticks dropped because their session is not the price source"
        );
        FlushSize = _meter.CreateHistogram<int>("trading.actors.ticks.flush", description: "Ticks in one append");
        SourceChanges = _meter.CreateCounter<long>(
            "trading.actors.feed.source_changes",
            description: "Changes of a price source"
        );
        HolesOpened = _meter.CreateCounter<long>(
            "trading.actors.feed.holes",
            description: "Times in which nobody listened to quotes that were wanted"
        );
        TicksBackfilled = _meter.CreateCounter<long>(
            "trading.actors.ticks.backfilled",
            description: "Missed ticks taken from the broker's history"
        );
        NotFillable = _meter.CreateCounter<long>(
            "trading.actors.feed.not_fillable",
            description: "Ranges whose missed ticks cannot be had"
        );
    }

    internal Counter<long> Restarts { get; }

    internal Counter<long> Refused { get; }

    internal Histogram<int> MailboxDepth { get; }

    internal Histogram<double> Persist { get; }

    internal Counter<long> Duplicates { get; }

    internal Counter<long> Fenced { get; }

    internal UpDownCounter<long> Sessions { get; }

    internal UpDownCounter<long> Running { get; }

    internal UpDownCounter<long> Live { get; }

    internal Counter<long> LinksLost { get; }

    internal Counter<long> TicksTaken { get; }

    internal Counter<long> TicksRepeated { get; }

    internal Counter<long> TicksForeign { get; }

    internal Histogram<int> FlushSize { get; }

    internal Counter<long> SourceChanges { get; }

    internal Counter<long> HolesOpened { get; }

    internal Counter<long> TicksBackfilled { get; }

    internal Counter<long> NotFillable { get; }

    /// <summary>Watches a feed: for how long no tick came, and how many symbols are wanted. Asked only when someone listens.
    /// </summary>
    internal void Watch(PriceFeed feed, TimeProvider time)
    {
        var name = new KeyValuePair<string, object?>("feed", feed.Name.Value);
        _meter.CreateObservableGauge(
            "trading.actors.feed.silence",
            () =>
                feed.Status.LastTickAt is { } last
                    ? [new Measurement<double>((time.GetUtcNow() - last).TotalSeconds, name)]
                    : Enumerable.Empty<Measurement<double>>(),
            "s",
            "Time since the last tick"
        );
        _meter.CreateObservableGauge(
            "trading.actors.feed.symbols",
            () => new Measurement<int>(feed.Status.Symbols, name),
            description: "Symbols wanted"
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
