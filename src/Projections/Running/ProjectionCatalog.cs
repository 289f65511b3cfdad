using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Projections.Accounts;
using Trading.Projections.Candles;
using Trading.Projections.Deals;
using Trading.Projections.LatestPrices;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Schema;
using Trading.Projections.Sessions;
using Trading.Projections.Symbols;
using Trading.Projections.Users;

namespace Trading.Projections.Running;

/// <summary>The code of every read model of this program.</summary>
internal static class ProjectionCatalog
{
    public static IReadOnlyList<ModelCode> All { get; } =
    [
        OfJournal(
            new VersionCode<RecordedEvent>(ReadModel.Sessions, target => new SessionProjection { Target = target })
        ),
        OfJournal(
            new VersionCode<RecordedEvent>(ReadModel.Accounts, target => new AccountProjection { Target = target })
        ),
        OfJournal(
            new VersionCode<RecordedEvent>(ReadModel.Positions, target => new PositionProjection { Target = target })
        ),
        OfJournal(new VersionCode<RecordedEvent>(ReadModel.Orders, target => new OrderProjection { Target = target })),
        OfJournal(new VersionCode<RecordedEvent>(ReadModel.Deals, target => new DealProjection { Target = target })),
        OfJournal(
            new VersionCode<RecordedEvent>(ReadModel.Symbols, target => new SymbolProjection { Target = target })
        ),
        OfJournal(new VersionCode<RecordedEvent>(ReadModel.Users, target => new UserProjection { Target = target })),
        OfMarket(
            new VersionCode<TickBlock>(ReadModel.LatestPrices, target => new LatestPriceProjection { Target = target })
        ),
        OfMarket(new VersionCode<TickBlock>(ReadModel.Candles, target => new CandleProjection { Target = target })),
    ];

    /// <summary>A fold of the journal, the newest version last.</summary>
    public static ModelCode<RecordedEvent> OfJournal(params VersionCode<RecordedEvent>[] versions) =>
        new(ground => new JournalFeed(ground.Journal), options => options.MostEvents, versions);

    /// <summary>A fold of the market log, the newest version last.</summary>
    public static ModelCode<TickBlock> OfMarket(params VersionCode<TickBlock>[] versions) =>
        new(ground => new MarketFeed(ground.Market), options => options.MostTicks, versions);
}
