using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Session;
using Trading.Domain;
using Trading.Domain.Liveness;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader;

/// <summary>
/// A link to one cTrader account. It makes one connection after the other, each from nothing, and reports in between
/// what became of the last. Only a refusal for good, or disposal, ends it.
/// </summary>
internal sealed class CTraderLink : IBrokerLink, IBrokerTickHistory
{
    private const int ReportCapacity = 1024;

    // How far history reaches back behind the moment up to which all was reported: clocks differ, and the broker's
    // lists lag behind its events.
    private static readonly TimeSpan HistoryOverlap = TimeSpan.FromMinutes(10);

    private readonly LinkSettings _settings;
    private readonly ConnectedAccount.Parts _parts;
    private readonly TlsDialer _dialer;
    private readonly TokenKeeper _tokens;
    private readonly BackOff _backOff;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<BrokerReport> _reports = Channel.CreateBounded<BrokerReport>(ReportCapacity);
    private readonly Task _running;
    private DateTimeOffset? _recoverSince;
    private int _attempt;
    private bool _wasUp;
    private volatile ConnectedAccount? _serving;
    private volatile LinkStall? _lastStall;
    private readonly Pulse _dialling;

    /// <summary>Makes a link, which begins to connect at once.</summary>
    public CTraderLink(
        CTraderSettings broker,
        LinkSettings settings,
        ITickSink ticks,
        TlsDialer dialer,
        SharedDirectories directories,
        LinkTimings timings,
        Random random,
        TimeProvider clock,
        ILogger logger
    )
    {
        _settings = settings;
        _dialer = dialer;
        _clock = clock;
        _logger = logger;
        _recoverSince = settings.RecoverSince;
        _tokens = new TokenKeeper(settings.Credentials, broker.RenewTokensBefore);
        _backOff = new BackOff(timings, random, clock);
        _dialling = new Pulse(clock, timings.Stuck);
        _parts = new ConnectedAccount.Parts(
            broker,
            settings.Environment,
            ticks,
            new WantedSymbols(settings.Symbols),
            _tokens,
            directories,
            ReportAsync,
            timings,
            random,
            clock,
            logger
        );
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <inheritdoc/>
    public ChannelReader<BrokerReport> Reports => _reports.Reader;

    /// <inheritdoc/>
    public Vital? Vital =>
        (Stalled ?? _lastStall) is { } stall
            ? new(VitalKind.Session, "", VitalState.Stuck)
            {
                Since = stall.Since,
                Detail = $"the link waits for {stall.For}",
                Outside = !stall.Ours,
            }
            : new(VitalKind.Session, "", _wasUp ? VitalState.Live : VitalState.CatchingUp);

    private LinkStall? Stalled =>
        _dialling.Stalled is { } stall ? new("a connection", stall.Since, Ours: false) : _serving?.Stalled;

    /// <inheritdoc/>
    public void Want(IReadOnlySet<SymbolName> symbols) => _parts.Wanted.Set(symbols);

    /// <inheritdoc/>
    public void CredentialsStored(BrokerCredentials credentials) => _tokens.Stored(credentials);

    /// <inheritdoc/>
    public async Task<PastTicks> ReadTicksAsync(
        Tick before,
        long fromMs,
        long toMs,
        int most,
        Action beat,
        CancellationToken cancellation
    ) =>
        _serving is { } account
            ? await account.ReadTicksAsync(before, fromMs, toMs, most, beat, cancellation)
            : new PastTicks.Unavailable();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Twice is as good as once. The source holds no timer, so nothing is lost by never disposing of it.
        await _stopping.CancelAsync();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            await ServeUntilRefusedAsync(_stopping.Token);
            _reports.Writer.TryComplete();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            _reports.Writer.TryComplete();
        }
        catch (Exception bug)
        {
            // Whoever reads the reports sees it, and decides what to restart.
            _reports.Writer.TryComplete(bug);
        }
    }

    private async Task ServeUntilRefusedAsync(CancellationToken stopping)
    {
        if (!long.TryParse(_settings.Account.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var accountId))
        {
            await RefuseAsync(
                new LinkLoss.Permanent("INVALID_ACCOUNT_ID", "Not a number.", NeedsConsent: false),
                stopping
            );
            return;
        }

        while (true)
        {
            _attempt++;
            await ReportAsync(new BrokerReport.LinkOpening(_attempt) { At = _clock.GetUtcNow() }, stopping);
            var loss = await ServeOnceAsync(accountId, stopping);
            // A broker that lets one try after the other hang is stuck in between too.
            _lastStall = LinkFault.IsSilence(loss.Code)
                ? _lastStall ?? new("an answer of the broker", _clock.GetUtcNow() - _parts.Timings.Request, Ours: false)
                : null;
            LinkMetrics.Tries.Add(1, new KeyValuePair<string, object?>("end", loss.Code));
            if (_wasUp)
            {
                _wasUp = false;
                _recoverSince = _clock.GetUtcNow() - HistoryOverlap;
            }

            if (loss is LinkLoss.Permanent refused)
            {
                await RefuseAsync(refused, stopping);
                return;
            }

            var delay = loss is LinkLoss.Transient transient ? _backOff.Down(transient.WaitAtLeast) : TimeSpan.Zero;
            _logger.LinkDown(_settings.Account.Value, loss.Code, loss.Detail, delay);
            await ReportAsync(
                new BrokerReport.LinkDown(loss.Detail, loss.Code, _backOff.Failures, _backOff.IsSlow)
                {
                    At = _clock.GetUtcNow(),
                },
                stopping
            );
            await Task.Delay(delay, _clock, stopping);
        }
    }

    private async Task<LinkLoss> ServeOnceAsync(long accountId, CancellationToken stopping)
    {
        var dialled = await _dialling.WatchAsync(new ValueTask<DialOutcome>(_dialer.DialAsync(stopping)));
        switch (dialled)
        {
            case DialOutcome.Connected { Stream: var stream }:
                await using (var account = new ConnectedAccount(stream, accountId, _parts))
                {
                    _serving = account;
                    var loss = await account.ServeAsync(_recoverSince, OnUpAsync, stopping);
                    _serving = null;
                    return loss;
                }

            case DialOutcome.Failed { Fault: var fault }:
                return LinkLoss.Of(fault, _clock.GetUtcNow());
            default:
                throw new InvalidOperationException("A dial ends in one of two ways.");
        }
    }

    private async ValueTask OnUpAsync(AccountSnapshot snapshot, DateTimeOffset asOf, CancellationToken stopping)
    {
        _logger.LinkUp(_settings.Account.Value, _attempt);
        await ReportAsync(new BrokerReport.LinkUp(_attempt, snapshot) { At = asOf }, stopping);
        _backOff.Up();
        _lastStall = null;
        _attempt = 0;
        _wasUp = true;
    }

    private async Task RefuseAsync(LinkLoss.Permanent refused, CancellationToken stopping)
    {
        _logger.LinkRefused(_settings.Account.Value, refused.Code, refused.Detail);
        await ReportAsync(
            new BrokerReport.LinkRefused(refused.Code, refused.Detail, refused.NeedsConsent)
            {
                At = _clock.GetUtcNow(),
            },
            stopping
        );
    }

    private ValueTask ReportAsync(BrokerReport report, CancellationToken cancellation) =>
        _reports.Writer.WriteAsync(report, cancellation);
}
