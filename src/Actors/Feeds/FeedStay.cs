using Trading.Actors.Shell;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Actors.Feeds;

/// <summary>Everything of one feed for as long as it is on this node: ticks are recorded, sessions are told what to stream,
/// holes are found and filled.</summary>
internal sealed class FeedStay
{
    private readonly CancellationTokenSource _leaving = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly PriceFeed _feed;
    private readonly TickRecorder _recorder;
    private readonly FeedHoles _holes;
    private readonly Backfiller _backfiller;
    private readonly ISessionGateway _sessions;
    private readonly ShellEnvironment _environment;
    private Task? _running;

    public FeedStay(
        BrokerEnvironment environment,
        PriceFeed feed,
        ITickLog log,
        SnapshotClient snapshots,
        ISessionGateway sessions,
        ShellEnvironment shell
    )
    {
        (_feed, _sessions, _environment) = (feed, sessions, shell);
        // The journal's stream of the feed has the name of its stream in the market log.
        Ledger = new(feed.Name);
        _recorder = new(feed.Name, log, snapshots, shell);
        _holes = new(environment, _recorder, Ledger, log, () => feed.IsNeeded, () => feed.IsCovered, shell);
        _backfiller = new(MarketStreams.BackfillOf(environment), log, _recorder, Ledger, () => feed.History, shell);
        _recorder.BreaksChanged = _holes.Wake;
        Ledger.Changed = WakeBoth;
    }

    /// <summary>What is recorded of its holes.</summary>
    public FeedLedger Ledger { get; }

    /// <summary>The pulses of recording ticks and of filling holes.</summary>
    public (Domain.Liveness.Pulse Recording, Domain.Liveness.Pulse Filling) Pulses =>
        (_recorder.Pulse, _backfiller.Pulse);

    /// <summary>Begins, once.</summary>
    public void Begin() => _running ??= RunAsync();

    /// <summary>Looks for holes no more: that sessions end now makes none.</summary>
    public void Leave() => _leaving.Cancel();

    /// <summary>Writes what waits, and ends. Never fails.</summary>
    public async Task EndAsync()
    {
        Leave();
        _recorder.Stop();
        await using var late = _environment.Time.CreateTimer(
            _ => _ending.Cancel(),
            null,
            _environment.Options.FlushWithin,
            Timeout.InfiniteTimeSpan
        );
        await (_running ?? Task.CompletedTask);
        _feed.Recorder = null;
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await RecoverAsync(_leaving.Token);
        }
        catch (OperationCanceledException)
        {
            // Its end was asked for before it had begun.
            return;
        }

        _feed.Changed = WakeBoth;
        _feed.Recorder = _recorder;
        await Task.WhenAll(
            EndedAsync(_recorder.RunAsync(_ending.Token)),
            EndedAsync(_feed.RunAsync(_sessions, _leaving.Token)),
            EndedAsync(_holes.RunAsync(_leaving.Token)),
            EndedAsync(_backfiller.RunAsync(_leaving.Token))
        );
    }

    private async Task RecoverAsync(CancellationToken cancellation)
    {
        var backoff = new Backoff(
            _environment.Options.FirstRestartDelay,
            _environment.Options.LongestRestartDelay,
            _environment.Random
        );
        while (true)
        {
            TimeSpan pause;
            try
            {
                await _recorder.Pulse.WatchAsync(new ValueTask(TakeUpAsync(cancellation)));
                return;
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                pause = backoff.Next();
                ActorLog.FeedNotRecovered(_environment.Logger, _feed.Name, pause, failure);
            }

            await Task.Delay(pause, _environment.Time, cancellation);
        }
    }

    private async Task TakeUpAsync(CancellationToken cancellation)
    {
        await _recorder.RecoverAsync(cancellation);
        // What the time without a feed has cost is known before the first tick after it.
        await _holes.TakeUpAsync(cancellation);
    }

    private static async Task EndedAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // Its end was asked for; out of time, what is not written is not acknowledged to anybody.
        }
    }

    private void WakeBoth()
    {
        _holes.Wake();
        _backfiller.Wake();
    }
}
