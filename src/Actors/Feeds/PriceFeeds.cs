using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>The price feeds of all environments, as this node sees them: who here wants which quotes, and which sessions here
/// can serve.</summary>
public sealed class PriceFeeds : IFeedInterest
{
    private readonly PriceFeed _demo;
    private readonly PriceFeed _live;
    private readonly List<FeedStay> _stays = [];

    internal PriceFeeds(ShellEnvironment environment)
    {
        _demo = Make(BrokerEnvironment.Demo, environment.Options.DemoFeedUser, environment);
        _live = Make(BrokerEnvironment.Live, environment.Options.LiveFeedUser, environment);
    }

    /// <inheritdoc/>
    public IDisposable Want(BrokerEnvironment environment, SymbolName symbol) => new Lease(Of(environment), symbol);

    /// <summary>How a feed stands.</summary>
    public FeedStatus StatusOf(BrokerEnvironment environment) => Of(environment).Status;

    /// <summary>The feed of an environment as the shell runs it.</summary>
    internal static Entity EntityOf(StreamName stream, PriceFeed feed, FeedStay stay) =>
        new(
            stream,
            FeedActor.Rules.Limits,
            life => ActorProps.Of(() => new FeedActor(FeedActor.Rules, stay, life)),
            journal => VitalOf(feed, stay, journal)
        );

    /// <summary>Makes a stay of a feed on this node.</summary>
    internal Entity StayOf(
        StreamName stream,
        ITickLog log,
        SnapshotClient snapshots,
        ISessionGateway sessions,
        ShellEnvironment environment
    )
    {
        var of = stream == _live.Name ? BrokerEnvironment.Live : BrokerEnvironment.Demo;
        var stay = new FeedStay(of, Of(of), log, snapshots, sessions, environment);
        lock (_stays)
        {
            _stays.Add(stay);
        }

        return EntityOf(stream, Of(of), stay);
    }

    /// <summary>Looks for holes no more: that sessions end now makes none.</summary>
    internal void Leave()
    {
        lock (_stays)
        {
            _stays.ForEach(stay => stay.Leave());
        }
    }

    internal SessionTicks SinkOf(BrokerEnvironment environment, UserKey user) => new(Of(environment), user);

    internal void Show(UserKey user, SessionView? view)
    {
        _demo.Show(user, view?.Environment == BrokerEnvironment.Live ? null : view);
        _live.Show(user, view?.Environment == BrokerEnvironment.Live ? view : null);
    }

    /// <summary>A session's link has opened or is gone.</summary>
    internal void Offer(BrokerEnvironment environment, UserKey user, HistorySource? history) =>
        Of(environment).Offer(user, history);

    private static Vital VitalOf(PriceFeed feed, FeedStay stay, Pulse journal)
    {
        var missing = stay.Ledger.Current;
        var (recording, filling) = stay.Pulses;
        var ours = Vital.Of(
            VitalKind.Feed,
            feed.Name.Value,
            missing.Open is null && missing.Pending.IsEmpty ? VitalState.Live : VitalState.CatchingUp,
            ("recording ticks", recording),
            ("recording holes", journal),
            ("filling holes", filling)
        );
        // Sessions and brokers answer for these, each by itself.
        return ours.State == VitalState.Stuck
            ? ours
            : Vital.Of(
                VitalKind.Feed,
                feed.Name.Value,
                ours.State,
                ("no session serves the quotes that are wanted", feed.Serving),
                ("the session does not take the symbols", feed.Stating)
            ) with
            {
                Outside = true,
            };
    }

    private static PriceFeed Make(BrokerEnvironment of, UserKey? configured, ShellEnvironment environment)
    {
        var feed = new PriceFeed(MarketStreams.FeedOf(of), configured, environment);
        environment.Metrics.Watch(feed, environment.Time);
        return feed;
    }

    private PriceFeed Of(BrokerEnvironment environment) => environment == BrokerEnvironment.Live ? _live : _demo;

    private sealed class Lease : IDisposable
    {
        private readonly SymbolName _symbol;
        private PriceFeed? _feed;

        public Lease(PriceFeed feed, SymbolName symbol)
        {
            _feed = feed;
            _symbol = symbol;
            feed.Want(symbol, +1);
        }

        public void Dispose() => Interlocked.Exchange(ref _feed, null)?.Want(_symbol, -1);
    }
}
