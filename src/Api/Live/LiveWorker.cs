using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore;
using Trading.Projections.LatestPrices;
using Trading.Projections.Running;
using Trading.Projections.Sessions;
using Trading.Projections.Symbols;

namespace Trading.Api.Live;

/// <summary>Takes up where the read models stand and then follows both logs for the sockets.</summary>
internal sealed class LiveWorker(
    IEventLog journal,
    ITickLog market,
    PriceBook prices,
    ProjectionSet projections,
    SessionQueries sessions,
    SymbolQueries symbols,
    JournalFeed feed,
    StatusBoard board,
    AccountHub accounts,
    Markets markets,
    TimeProvider time,
    ILogger<LiveWorker> logger
) : BackgroundService
{
    // All accounts of an environment are offered about the same symbols; a few lists tell them all.
    private const int SymbolListsPerEnvironment = 5;
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>True once the sockets serve what the logs hold.</summary>
    public bool IsFollowing { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var from = await TakeUpAsync(stoppingToken);
        feed.Join(board);
        feed.Join(accounts);
        board.Open();
        IsFollowing = true;
        await Task.WhenAll([
            feed.RunAsync(from, stoppingToken),
            .. markets.All.Select(floor => FollowMarketAsync(floor, stoppingToken)),
        ]);
    }

    /// <summary>Reads how sessions stand; the offset to follow the journal from.</summary>
    private async Task<Offset> TakeUpAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var head = await journal.HeadAsync(cancellation);
                await projections.WaitForAsync(head, ReadPatience, cancellation);
                await SeedBoardAsync(cancellation);
                return head;
            }
            catch (Exception fault) when (fault is System.Data.Common.DbException or LogUnavailableException)
            {
                Log.FeedInterrupted(logger, "journal", fault);
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }

    private async Task SeedBoardAsync(CancellationToken cancellation)
    {
        var read = new Dictionary<BrokerEnvironment, int>();
        foreach (var summary in await sessions.ListAsync(cancellation))
        {
            var session = summary.Session;
            SymbolListView? list = null;
            if (
                session.Account is { } account
                && read.GetValueOrDefault(session.Environment) < SymbolListsPerEnvironment
            )
            {
                list = await symbols.FindAsync(session.User, account, cancellation);
                read[session.Environment] = read.GetValueOrDefault(session.Environment) + 1;
            }

            board.Seed(
                StreamName.Of("session", session.User.Value),
                new(
                    session.Environment,
                    StateOf(session.State),
                    SessionReason.Of(session.Reason, session.Code),
                    session.Owner
                ),
                (list?.Symbols ?? []).Where(symbol => symbol.Enabled).Select(symbol => symbol.Name.Value)
            );
        }
    }

    private async Task FollowMarketAsync(TickFloor floor, CancellationToken cancellation)
    {
        await prices.Ready.WaitAsync(cancellation);
        // Read before the prices: what comes in between is recognised by its offset.
        var from = prices.Applied;
        foreach (var price in prices.List(floor.Environment).OrderBy(price => price.Stamp.Offset))
        {
            floor.Hub.Seed(
                new Tick(price.Symbol, price.Quote.Bid, price.Quote.Ask, price.TimestampMs),
                price.Stamp.Offset
            );
        }

        await floor.Hub.RunAsync(market, from, cancellation);
    }

    private static BackendState StateOf(SessionState state) =>
        state switch
        {
            SessionState.Connected => BackendState.Connected,
            SessionState.Connecting or SessionState.Reconnecting => BackendState.CTraderConnecting,
            SessionState.Failed => BackendState.Error,
            _ => BackendState.Disconnected,
        };
}
