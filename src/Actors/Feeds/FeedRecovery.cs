using Trading.Actors.Persistence;
using Trading.Domain.Events;
using Trading.Domain.Feeds;
using Trading.Domain.Liveness;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>What makes the holes of one feed known and fills them.</summary>
internal sealed class FeedRecovery
{
    private readonly CancellationTokenSource _leaving = new();
    private readonly FeedLedger _ledger;
    private readonly FeedHoles _holes;
    private readonly Backfiller _backfiller;
    private Task _following = Task.CompletedTask;
    private Task _ledgerLife = Task.CompletedTask;

    public FeedRecovery(BrokerEnvironment environment, PriceFeed feed, ITickLog log, ActorEnvironment actors)
    {
        // The journal's stream of the feed has the name of its stream in the market log.
        _ledger = new(feed.Name, actors);
        _holes = new(environment, feed.Recorder, _ledger, log, () => feed.IsNeeded, () => feed.IsCovered, actors);
        _backfiller = new(
            MarketStreams.BackfillOf(environment),
            log,
            feed.Recorder,
            _ledger,
            () => feed.History,
            actors
        );
        feed.Recorder.BreaksChanged = _holes.Wake;
        feed.Changed = _ledger.Changed = WakeBoth;
    }

    /// <summary>What is missing, as of now.</summary>
    public FeedState Missing => _ledger.Current;

    /// <summary>The pulses of keeping the journal of holes and of filling them.</summary>
    public (Pulse Journal, Pulse Filling) Pulses => (_ledger.Pulse, _backfiller.Pulse);

    /// <summary>Reads what was recorded and takes up from there.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        _ledgerLife = _ledger.LiveAsync(CancellationToken.None);
        await _holes.TakeUpAsync(cancellation);
        _following = Task.WhenAll(_holes.RunAsync(_leaving.Token), _backfiller.RunAsync(_leaving.Token));
    }

    /// <summary>Follows no more: what happens from here on is found by the next start.</summary>
    public async Task LeaveAsync()
    {
        EndFollowing();
        try
        {
            await _following;
        }
        catch (OperationCanceledException)
        {
            // Its end was asked for.
        }

        _ledger.Close();
    }

    /// <summary>Completes when the last word is recorded.</summary>
    public Task EndAsync(CancellationToken cancellation) => _ledgerLife.WaitAsync(cancellation);

    // Here and not on a thread of the pool: only those two wait for it.
    private void EndFollowing() => _leaving.Cancel();

    private void WakeBoth()
    {
        _holes.Wake();
        _backfiller.Wake();
    }
}
