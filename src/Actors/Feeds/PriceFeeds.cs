using Trading.Actors.Persistence;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>The price feeds of all environments.</summary>
public sealed class PriceFeeds : IFeedInterest
{
    private readonly PriceFeed _demo;
    private readonly PriceFeed _live;
    private readonly FeedRecovery[] _recoveries;
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;

    internal PriceFeeds(ITickLog ticks, ActorEnvironment environment)
    {
        _demo = Make(BrokerEnvironment.Demo, environment.Options.DemoFeedUser, ticks, environment);
        _live = Make(BrokerEnvironment.Live, environment.Options.LiveFeedUser, ticks, environment);
        _recoveries =
        [
            new(BrokerEnvironment.Demo, _demo, ticks, environment),
            new(BrokerEnvironment.Live, _live, ticks, environment),
        ];
    }

    /// <inheritdoc/>
    public IDisposable Want(BrokerEnvironment environment, SymbolName symbol) => new Lease(Of(environment), symbol);

    /// <summary>How a feed stands.</summary>
    public FeedStatus StatusOf(BrokerEnvironment environment) => Of(environment).Status;

    /// <summary>How each feed does.</summary>
    public IReadOnlyList<Vital> Vitals() => [VitalOf(_demo, _recoveries[0]), VitalOf(_live, _recoveries[1])];

    private static Vital VitalOf(PriceFeed feed, FeedRecovery recovery)
    {
        var missing = recovery.Missing;
        var (journal, filling) = recovery.Pulses;
        var ours = Vital.Of(
            VitalKind.Feed,
            feed.Name.Value,
            missing.Open is null && missing.Pending.IsEmpty ? VitalState.Live : VitalState.CatchingUp,
            ("recording ticks", feed.Recorder.Pulse),
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

    /// <summary>Claims the feeds and begins to record and to serve.</summary>
    internal async Task StartAsync(ISessionGateway sessions, CancellationToken cancellation)
    {
        await _demo.Recorder.RecoverAsync(cancellation);
        await _live.Recorder.RecoverAsync(cancellation);
        foreach (var recovery in _recoveries)
        {
            await recovery.StartAsync(cancellation);
        }

        _running = Task.WhenAll(
            _demo.Recorder.RunAsync(_end.Token),
            _live.Recorder.RunAsync(_end.Token),
            _demo.RunAsync(sessions, _end.Token),
            _live.RunAsync(sessions, _end.Token)
        );
    }

    /// <summary>Looks for holes no more: that sessions end now makes none.</summary>
    internal Task LeaveAsync() => Task.WhenAll(_recoveries.Select(recovery => recovery.LeaveAsync()));

    /// <summary>Writes what is waiting and ends.</summary>
    internal async Task StopAsync(CancellationToken cancellation)
    {
        _demo.Stop();
        _live.Stop();
        await using var late = cancellation.Register(_end.Cancel);
        try
        {
            await _running;
            await Task.WhenAll(_recoveries.Select(recovery => recovery.EndAsync(cancellation)));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Out of time: what is not written is not acknowledged to anybody.
        }
    }

    internal SessionTicks SinkOf(BrokerEnvironment environment, UserKey user) => new(Of(environment).Recorder, user);

    internal void Show(UserKey user, SessionView? view)
    {
        _demo.Show(user, view?.Environment == BrokerEnvironment.Live ? null : view);
        _live.Show(user, view?.Environment == BrokerEnvironment.Live ? view : null);
    }

    /// <summary>A session's link has opened or is gone.</summary>
    internal void Offer(BrokerEnvironment environment, UserKey user, HistorySource? history) =>
        Of(environment).Offer(user, history);

    private static PriceFeed Make(
        BrokerEnvironment of,
        UserKey? configured,
        ITickLog ticks,
        ActorEnvironment environment
    )
    {
        var name = MarketStreams.FeedOf(of);
        var recorder = new TickRecorder(
            name,
            ticks,
            environment.Snapshots,
            environment.Time,
            environment.Random,
            environment.Options,
            environment.Metrics,
            environment.Logger
        );
        var feed = new PriceFeed(name, configured, recorder, environment);
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
