using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Projections.TimeTravel;

/// <summary>Which part of the logs is replayed.</summary>
public sealed record ReplayPart
{
    /// <summary>Events of the journal after this offset.</summary>
    public Offset After { get; init; }

    /// <summary>Events of the journal up to this offset.</summary>
    public required Offset UpTo { get; init; }

    /// <summary>Ticks after this offset of the market log.</summary>
    public Offset TicksAfter { get; init; }

    /// <summary>Ticks up to this offset of the market log.</summary>
    public required Offset TicksUpTo { get; init; }

    /// <summary>Only events about this user; null for all. Ticks are about nobody.</summary>
    public UserKey? User { get; init; }

    /// <summary>Only these read models, by name; none named: all, and with a user all of the journal.</summary>
    public IReadOnlyCollection<string> Only { get; init; } = [];

    /// <summary>How many places of the logs are read for it.</summary>
    public long Length => Events + (WantsAny(ofMarket: true) ? TicksUpTo.Value - TicksAfter.Value : 0);

    /// <summary>How many of them are of the journal.</summary>
    internal long Events => WantsAny(ofMarket: false) ? UpTo.Value - After.Value : 0;

    /// <summary>The events of the part, in order.</summary>
    public IAsyncEnumerable<IReadOnlyList<RecordedEvent>> EventsOf(IEventLog journal, CancellationToken cancellation) =>
        new JournalPart(journal, this).ReadAsync(After, cancellation);

    /// <summary>The ticks of the part, in order.</summary>
    public IAsyncEnumerable<TickBlock> TicksOf(ITickLog market, CancellationToken cancellation) =>
        new MarketPart(market, this).ReadAsync(TicksAfter, cancellation);

    /// <summary>Whether a read model is among those wanted.</summary>
    internal bool Wants(string model, bool ofMarket) =>
        Only.Count > 0 ? Only.Contains(model) : !ofMarket || User is null;

    private bool WantsAny(bool ofMarket) =>
        ReplayTable.All.Any(table => table.OfMarket == ofMarket && Wants(table.Name, ofMarket));

    /// <summary>Whether an event is in the part; its offset is the reader's business.</summary>
    internal bool Holds(RecordedEvent recorded) => User is not { } user || recorded.User == user;
}
