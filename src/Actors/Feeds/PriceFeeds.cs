using Trading.Actors.Persistence;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>The price feeds of all environments.</summary>
public sealed class PriceFeeds : IFeedInterest
{
    private const string Category = "feed";
    private readonly PriceFeed _demo;
    private readonly PriceFeed _live;
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;

    internal PriceFeeds(ITickLog ticks, ActorEnvironment environment)
    {
        _demo = Make("demo", environment.Options.DemoFeedUser, ticks, environment);
        _live = Make("live", environment.Options.LiveFeedUser, ticks, environment);
    }

    /// <inheritdoc/>
    public IDisposable Want(BrokerEnvironment environment, SymbolName symbol) => new Lease(Of(environment), symbol);

    /// <summary>How a feed stands.</summary>
    public FeedStatus StatusOf(BrokerEnvironment environment) => Of(environment).Status;

    /// <summary>Claims the feeds and begins to record and to serve.</summary>
    internal async Task StartAsync(ISessionGateway sessions, CancellationToken cancellation)
    {
        await _demo.Recorder.RecoverAsync(cancellation);
        await _live.Recorder.RecoverAsync(cancellation);
        _running = Task.WhenAll(
            _demo.Recorder.RunAsync(_end.Token),
            _live.Recorder.RunAsync(_end.Token),
            _demo.RunAsync(sessions, _end.Token),
            _live.RunAsync(sessions, _end.Token)
        );
    }

    /// <summary>Writes what is waiting and ends.</summary>
    internal async Task StopAsync(CancellationToken cancellation)
    {
        _demo.Stop();
        _live.Stop();
        await using var late = cancellation.Register(_end.Cancel);
        try
        {
            await _running;
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

    private static PriceFeed Make(string id, UserKey? configured, ITickLog ticks, ActorEnvironment environment)
    {
        var name = StreamName.Of(Category, id);
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
