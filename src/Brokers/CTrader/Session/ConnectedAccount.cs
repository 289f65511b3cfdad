using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Domain.Events;
using Trading.Domain.Market;
using Trading.Domain.Ports;

namespace Trading.Brokers.CTrader.Session;

/// <summary>
/// One connection in the service of one account, from authorisation to the end of the connection: authorise, read
/// everything, report it, then pass on what happens and keep the subscriptions as wanted.
/// </summary>
internal sealed class ConnectedAccount : IAsyncDisposable
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryEvery = TimeSpan.FromSeconds(5);

    private readonly Parts _parts;
    private readonly long _accountId;
    private readonly LinkReceiver _receiver;
    private readonly CTraderConnection _connection;
    private readonly Inquirer _inquirer;
    private readonly Authoriser _authoriser;
    private readonly EventMapping _mapping;
    private volatile bool _symbolsChanged;
    private volatile bool _up;

    /// <summary>Takes over a stream whose TLS handshake is done.</summary>
    public ConnectedAccount(Stream stream, long accountId, Parts parts)
    {
        _parts = parts;
        _accountId = accountId;
        _receiver = new LinkReceiver(accountId, parts.Ticks, parts.Clock);
        // Others on the account number their messages too, so ours begin with something of our own.
        var prefix = $"{parts.Random.Next():x8}-";
        _connection = new CTraderConnection(stream, _receiver, prefix, parts.Timings, parts.Clock, parts.Logger);
        _inquirer = new Inquirer(_connection, parts.Clock);
        _authoriser = new Authoriser(parts.Broker, accountId, parts.Tokens, parts.Report, parts.Clock, parts.Logger);
        _mapping = new EventMapping(accountId, parts.Environment, parts.Clock);
    }

    /// <summary>What a connection shares with those before and after it.</summary>
    internal sealed record Parts(
        CTraderSettings Broker,
        BrokerEnvironment Environment,
        ITickSink Ticks,
        WantedSymbols Wanted,
        TokenKeeper Tokens,
        SharedDirectories Directories,
        Func<BrokerReport, CancellationToken, ValueTask> Report,
        LinkTimings Timings,
        Random Random,
        TimeProvider Clock,
        ILogger Logger
    );

    /// <summary>Serves until something ends it, and says what.</summary>
    /// <param name="since">From when on history is wanted; null for none.</param>
    /// <param name="onUp">Called with the snapshot and its moment before anything newer is reported.</param>
    /// <param name="stopping">Stops it.</param>
    public async Task<LinkLoss> ServeAsync(
        DateTimeOffset? since,
        Func<AccountSnapshot, DateTimeOffset, CancellationToken, ValueTask> onUp,
        CancellationToken stopping
    )
    {
        var loss = await AuthoriseAsync(stopping);
        if (loss is not null)
        {
            return Cause(loss);
        }

        if (await ReportSnapshotAsync(since, onUp, stopping) is not { } up)
        {
            return Cause(LinkLoss.Of(_inquirer.Failure ?? Unreadable, _parts.Clock.GetUtcNow()));
        }

        _receiver.Open(OnSymbolsChanged);
        _up = true;
        LinkMetrics.Up.Add(1);
        var passing = PassOnAsync(new BalanceNews(up.BalanceVersion, _parts.Clock), stopping);
        try
        {
            return Cause(await KeepAsync(up.DepositAssetId, stopping));
        }
        finally
        {
            _up = false;
            LinkMetrics.Up.Add(-1);
            // What arrived before the end was true: it is reported before the loss is.
            await _connection.DisposeAsync();
            _receiver.Complete();
            await passing;
        }
    }

    /// <summary>What the connection waits for in vain.</summary>
    public LinkStall? Stalled => _connection.Stalled;

    /// <summary>Asks for past ticks; unavailable before the account is up and after the connection has ended.</summary>
    public async Task<PastTicks> ReadTicksAsync(
        Tick before,
        long fromMs,
        long toMs,
        int most,
        Action beat,
        CancellationToken cancellation
    )
    {
        if (!_up)
        {
            return new PastTicks.Unavailable();
        }

        if (!_receiver.Symbols.TryGetId(before.Symbol, out var symbolId))
        {
            return new PastTicks.Refused("SYMBOL_NOT_FOUND");
        }

        // An inquirer of its own: what fails here must not end the connection.
        var reader = new TickHistoryReader(new(_connection, _parts.Clock), _accountId, beat);
        try
        {
            return await reader.ReadAsync(symbolId, before, fromMs, toMs, most, cancellation);
        }
        catch (OverflowException)
        {
            return new PastTicks.Refused(BrokerError.MalformedCode);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static BrokerError Unreadable =>
        BrokerError.Own(BrokerError.MalformedCode, "An answer lacks what it must hold.", tradingCommand: false);

    private async Task<LinkLoss?> AuthoriseAsync(CancellationToken stopping)
    {
        if (await _authoriser.AuthoriseApplicationAsync(_inquirer, stopping) is { } refused)
        {
            return refused;
        }

        _connection.AllowProbes();
        return await _authoriser.AuthoriseAccountAsync(_inquirer, stopping);
    }

    // A step of its own, so that the snapshot is not held for as long as the connection lives. Gives the account's
    // currency and the version of its balance; null when the snapshot could not be read.
    private async Task<(long DepositAssetId, long BalanceVersion)?> ReportSnapshotAsync(
        DateTimeOffset? since,
        Func<AccountSnapshot, DateTimeOffset, CancellationToken, ValueTask> onUp,
        CancellationToken stopping
    )
    {
        var asOf = _parts.Clock.GetUtcNow();
        if (await ReadSnapshotAsync(since, stopping) is not { } read)
        {
            return null;
        }

        _receiver.Symbols = _parts.Directories.Share(read.Directory);
        _mapping.Remember(read.Snapshot.Account);
        await onUp(EarlyNews.AddedTo(read, _receiver.Events, Map), asOf, stopping);
        return (read.DepositAssetId, read.Snapshot.Account.BalanceVersion);
    }

    private async Task<ReadSnapshot?> ReadSnapshotAsync(DateTimeOffset? since, CancellationToken stopping)
    {
        try
        {
            return await new SnapshotReader(_inquirer, _accountId, _parts.Environment, _parts.Clock).ReadAsync(
                since,
                stopping
            );
        }
        catch (Exception unreadable) when (unreadable is OverflowException or InvalidProtocolBufferException)
        {
            _parts.Logger.UnreadableEvent(0, unreadable);
            return null;
        }
    }

    // Of two explanations the connection's own is the better one: requests only fail because of it. What the broker
    // said about the account is better still.
    private LinkLoss Cause(LinkLoss loss) =>
        loss is not LinkLoss.Transient ? loss
        : _receiver.Lost.IsCompletedSuccessfully ? _receiver.Lost.Result
        : loss.Code == BrokerError.LinkLostCode && _connection.Ended.IsCompletedSuccessfully
            ? LinkLoss.Of(_connection.Ended.Result, _parts.Clock.GetUtcNow())
        : loss.Code == BrokerError.TimedOutCode && _connection.RefusedWithin(_parts.Timings.Request * 2) is { } word
            ? LinkLoss.Of(new LinkFault(LinkFaultKind.Silent, "") { LastWord = word }, _parts.Clock.GetUtcNow())
        : loss;

    private async Task PassOnAsync(BalanceNews balance, CancellationToken stopping)
    {
        await foreach (var report in balance.ReadAllAsync(_receiver.Events, Map, stopping))
        {
            await _parts.Report(report, stopping);
        }
    }

    private BrokerReport? Map(BrokerEvent received)
    {
        try
        {
            return _mapping.ToReport(received.PayloadType, received.Payload, _receiver.Symbols);
        }
        catch (Exception unreadable) when (unreadable is OverflowException or InvalidProtocolBufferException)
        {
            // What it said will be found out by reconciling.
            _parts.Logger.UnreadableEvent(received.PayloadType, unreadable);
            _receiver.Lose("UNREADABLE_EVENT", unreadable.Message);
            return null;
        }
    }

    private async Task<LinkLoss> KeepAsync(long depositAssetId, CancellationToken stopping)
    {
        var subscriptions = new Subscriptions(_inquirer, _accountId, _parts.Logger);
        var prices = new PriceWatch(subscriptions, _receiver, _parts.Timings, _parts.Clock);
        while (true)
        {
            if (_symbolsChanged)
            {
                _symbolsChanged = false;
                await ReloadSymbolsAsync(depositAssetId, stopping);
            }

            var done = await subscriptions.FollowAsync(_parts.Wanted.Current, _receiver.Symbols, stopping);
            LoseIfGone(_inquirer);
            await WaitAsync(done ? CheckEvery : RetryEvery, prices.Rest(), stopping);
            if (_receiver.Lost.IsCompleted)
            {
                return await _receiver.Lost;
            }

            if (_connection.Ended.IsCompleted)
            {
                return LinkLoss.Of(await _connection.Ended, _parts.Clock.GetUtcNow());
            }

            if (
                _parts.Tokens.RenewAt <= _parts.Clock.GetUtcNow()
                && await _authoriser.RenewAheadAsync(_inquirer, stopping) is { } loss
            )
            {
                return loss;
            }

            if (await prices.CheckAsync(_parts.Wanted.Current, stopping) is { } dead)
            {
                return dead;
            }
        }
    }

    // Until the bell rings, the link is lost, tokens are due, prices are quiet, or it is time to compare wanted and
    // streamed again.
    private async Task WaitAsync(TimeSpan limit, TimeSpan? untilPrices, CancellationToken stopping)
    {
        TimeSpan?[] dues = [limit, untilPrices, _parts.Tokens.RenewAt - _parts.Clock.GetUtcNow()];
        var rest = dues.Min() ?? limit;
        limit = rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var bell = _parts.Wanted.WaitAsync(enough.Token).AsTask();
        await Task.WhenAny(_connection.Ended, _receiver.Lost, bell, Task.Delay(limit, _parts.Clock, enough.Token));
        await enough.CancelAsync();
        stopping.ThrowIfCancellationRequested();
    }

    // A broker may forget a session without a word; then every request is refused, and only a new session helps.
    private void LoseIfGone(Inquirer inquirer)
    {
        if (inquirer.SessionGone is { } refusal)
        {
            _receiver.Lose(refusal.Code, refusal.Description);
        }
    }

    private void OnSymbolsChanged()
    {
        _symbolsChanged = true;
        _parts.Wanted.Ring();
    }

    private async Task ReloadSymbolsAsync(long depositAssetId, CancellationToken stopping)
    {
        var inquirer = new Inquirer(_connection, _parts.Clock);
        if (await new SymbolLoader(inquirer, _accountId).LoadAsync(depositAssetId, stopping) is not { } symbols)
        {
            // Still to be done when the connection allows.
            _symbolsChanged = true;
            LoseIfGone(inquirer);
            return;
        }

        _receiver.Symbols = _parts.Directories.Share(symbols.Directory);
        await _parts.Report(
            new BrokerReport.SymbolsReported(symbols.Listed) { At = _parts.Clock.GetUtcNow() },
            stopping
        );
    }
}
