using System.Threading.Channels;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Simulation.Scheduling;

namespace Trading.Simulation.Broker;

/// <summary>A link as the real one behaves, without the wire: connects, authorises, reads what is open and then what
/// happened, reports it, passes the news on; and again after every loss.</summary>
internal sealed class SimulatedLink : IBrokerLink
{
    private const int QuickTries = 10;
    private static readonly TimeSpan HistoryOverlap = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(1);
    private readonly Strand _strand;
    private readonly BrokerServer _server;
    private readonly BrokerAccount _account;
    private readonly ITickSink _ticks;
    private readonly LinkHabits _habits;
    private readonly Random _random;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<BrokerReport> _reports = Channel.CreateBounded<BrokerReport>(64);
    private readonly Task _running;
    private IReadOnlySet<SymbolName> _wanted;
    private IReadOnlySet<SymbolName> _stated = new HashSet<SymbolName>();
    private BrokerCredentials _credentials;
    private BrokerCredentials? _unstored;
    private DateTimeOffset? _since;
    private Mail<BrokerWord> _mail = new();
    private BrokerConnection? _connection;

    public SimulatedLink(
        Strand strand,
        BrokerServer server,
        BrokerAccount account,
        LinkSettings settings,
        ITickSink ticks,
        LinkHabits habits,
        Random random
    )
    {
        _strand = strand;
        _server = server;
        _account = account;
        _ticks = ticks;
        _habits = habits;
        _random = random;
        _wanted = settings.Symbols;
        _credentials = settings.Credentials;
        _since = settings.RecoverSince;
        Reports = new StrandReader<BrokerReport>(_reports.Reader);
        _running = RunAsync();
    }

    /// <inheritdoc/>
    public ChannelReader<BrokerReport> Reports { get; }

    /// <summary>It was closed.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>What was stated last.</summary>
    public IReadOnlySet<SymbolName> Wanted => _wanted;

    /// <inheritdoc/>
    public void Want(IReadOnlySet<SymbolName> symbols)
    {
        _wanted = symbols;
        _mail.Add(new BrokerWord.Nudge());
    }

    /// <inheritdoc/>
    public void CredentialsStored(BrokerCredentials credentials)
    {
        if (_unstored is { } pair && pair.AccessToken == credentials.AccessToken)
        {
            _credentials = pair;
            _unstored = null;
            _mail.Add(new BrokerWord.Nudge());
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        IsDisposed = true;
        Stop();
        await _running;
    }

    private void Stop()
    {
        _stopping.Cancel();
        _mail.Add(new BrokerWord.Nudge());
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            await ServeUntilRefusedAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Closed on purpose.
        }
        finally
        {
            _connection?.Leave();
            _reports.Writer.TryComplete();
        }
    }

    private async Task ServeUntilRefusedAsync()
    {
        for (var failures = 0; ; )
        {
            await ReportAsync(new BrokerReport.LinkOpening(failures + 1) { At = Now });
            var up = false;
            var loss = await ServeOnceAsync(failures + 1, () => up = true);
            _connection?.Leave();
            _connection = null;
            if (loss.Refused)
            {
                await ReportAsync(new BrokerReport.LinkRefused(loss.Code, loss.Code, NeedsConsent: true) { At = Now });
                return;
            }

            if (up)
            {
                _since = Now - HistoryOverlap;
                failures = 0;
            }

            failures++;
            await ReportAsync(
                new BrokerReport.LinkDown(loss.Code, "", failures, Slow: failures > QuickTries) { At = Now }
            );
            var whole = Math.Min(30_000, 500 << Math.Min(failures, 8));
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(whole / 2, whole)), _strand.Time, _stopping.Token);
        }
    }

    private async Task<Loss> ServeOnceAsync(int attempt, Action onUp)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1, 20)), _strand.Time, _stopping.Token);
        _mail = new();
        if (_server.Connect(_strand, _mail) is not { } connection)
        {
            return new("cannot connect");
        }

        _connection = connection;
        if (await AuthoriseAsync(connection) is { } refused)
        {
            return refused;
        }

        var asOf = Now;
        var news = new List<BrokerReport>();
        var history = _habits.ReadsHistoryFirst ? await HistoryAsync(connection, news) : null;
        var looked = await AskAsync(connection, () => _server.Look(_account), news);
        var early = news.Count;
        if (looked is not AccountSnapshot snapshot)
        {
            return Lost(looked);
        }

        history ??= await HistoryAsync(connection, news);
        if (history is AccountSnapshot past)
        {
            snapshot = snapshot with
            {
                Deals = past.Deals,
                PastOrders = _habits.ForgetsPastOrders ? [] : past.PastOrders,
                CashMovements = past.CashMovements,
            };
        }
        else if (history is Loss)
        {
            return Lost(history);
        }

        if (!_habits.ReadsHistoryFirst)
        {
            snapshot = WithEarly(snapshot, news[..early]);
        }

        await ReportAsync(new BrokerReport.LinkUp(attempt, snapshot) { At = asOf });
        onUp();
        foreach (var report in news[early..])
        {
            await ReportAsync(report);
        }

        return await PassOnAsync(connection);
    }

    /// <summary>What happened since we last listened; nothing when we never did.</summary>
    private async Task<object?> HistoryAsync(BrokerConnection connection, List<BrokerReport> news) =>
        _since is { } since ? await AskAsync(connection, () => _server.History(_account, since), news) : null;

    private async Task<Loss?> AuthoriseAsync(BrokerConnection connection)
    {
        while (true)
        {
            if (await StoredAsync() is { } lost)
            {
                return lost;
            }

            var access = _credentials.AccessToken;
            var answer = await AskAsync(connection, () => _server.Authorise(connection, _account, access), []);
            switch (answer)
            {
                case TokenStanding.Good:
                    return null;
                case TokenStanding.Expired:
                    if (await RenewAsync(connection) is { } loss)
                    {
                        return loss;
                    }

                    break;
                case TokenStanding.Ended:
                    return new("the consent is gone", Refused: true);
                default:
                    return Lost(answer);
            }
        }
    }

    /// <summary>Swaps the tokens.</summary>
    private async Task<Loss?> RenewAsync(BrokerConnection connection)
    {
        var refresh = _credentials.RefreshToken ?? "";
        var answer = await AskAsync(connection, () => _server.Tokens.Refresh(refresh), []);
        if (answer is not BrokerCredentials renewed)
        {
            return answer is null ? new("the consent is gone", Refused: true) : Lost(answer);
        }

        await TellRenewedAsync(renewed);
        return null;
    }

    private async Task TellRenewedAsync(BrokerCredentials renewed)
    {
        _unstored = renewed;
        if (_habits.UsesTokensAtOnce)
        {
            _credentials = renewed;
            _unstored = null;
        }

        await ReportAsync(new BrokerReport.CredentialsRenewed(renewed) { At = Now });
    }

    // Renewed tokens are not used before they are stored, connection or none.
    private async Task<Loss?> StoredAsync()
    {
        Loss? loss = null;
        while (_unstored is not null)
        {
            if (await TakeAsync() is BrokerWord.Closed closed)
            {
                loss = new(closed.Reason);
            }
        }

        return loss;
    }

    private async Task<Loss> PassOnAsync(BrokerConnection connection)
    {
        _stated = new HashSet<SymbolName>();
        await using var renewal = RenewalTimer();
        while (true)
        {
            if (!_stated.SetEquals(_wanted))
            {
                var stated = _stated = _wanted;
                connection.Send(() => _server.Stream(connection, _account, stated));
            }

            switch (await TakeAsync())
            {
                case BrokerWord.News news:
                    await ReportAsync(news.Report);
                    break;
                case BrokerWord.Quote quote:
                    await _ticks.AcceptAsync(new[] { quote.Tick }, _stopping.Token);
                    break;
                case BrokerWord.Closed closed:
                    return new(closed.Reason);
                case BrokerWord.Answer { Value: BrokerCredentials renewed }:
                    await TellRenewedAsync(renewed);
                    break;
            }
        }
    }

    private ITimer? RenewalTimer() =>
        _credentials is { ExpiresAt: { } expires, RefreshToken: { } refresh }
            ? _strand.Time.CreateTimer(
                _ => _connection?.Ask(() => _server.Tokens.Refresh(refresh)),
                null,
                expires - Now > RenewBefore ? expires - Now - RenewBefore : RenewBefore / 2,
                Timeout.InfiniteTimeSpan
            )
            : null;

    /// <summary>Asks, and takes note of what is told before the answer. Gives the answer, or the loss of the connection.
    /// </summary>
    private async Task<object?> AskAsync(BrokerConnection connection, Func<object?> serve, List<BrokerReport> news)
    {
        connection.Ask(serve);
        while (true)
        {
            switch (await TakeAsync())
            {
                case BrokerWord.Answer answer:
                    return answer.Value;
                case BrokerWord.News told:
                    news.Add(told.Report);
                    break;
                case BrokerWord.Closed closed:
                    return new Loss(closed.Reason);
            }
        }
    }

    private static Loss Lost(object? answer) =>
        answer as Loss ?? throw new InvalidOperationException($"Nobody asked for {answer}.");

    private async Task<BrokerWord> TakeAsync()
    {
        var word = await _mail.TakeAsync();
        _stopping.Token.ThrowIfCancellationRequested();
        return word;
    }

    // What was told before the snapshot is in it; the deals and movements among it belong to the history.
    private static AccountSnapshot WithEarly(AccountSnapshot snapshot, IEnumerable<BrokerReport> early)
    {
        List<DealExecuted> deals = [.. snapshot.Deals];
        List<CashMovement> movements = [.. snapshot.CashMovements];
        foreach (var report in early)
        {
            switch (report)
            {
                case BrokerReport.OrderStep { Deal: { } deal } when deals.TrueForAll(d => d.DealId != deal.DealId):
                    deals.Add(deal);
                    break;
                case BrokerReport.CashMoved { Movement: var moved }
                    when movements.TrueForAll(m => m.MovementId != moved.MovementId):
                    movements.Add(moved);
                    break;
            }
        }

        return snapshot with
        {
            Deals = deals,
            CashMovements = movements,
        };
    }

    private DateTimeOffset Now => _strand.Time.GetUtcNow();

    private ValueTask ReportAsync(BrokerReport report) => _reports.Writer.WriteAsync(report, _stopping.Token);

    private sealed record Loss(string Code, bool Refused = false);
}

/// <summary>In what a link may be wrong. The right one has none of these habits.</summary>
/// <param name="ReadsHistoryFirst">Reads what happened before it reads what is, and forgets what is told in between.</param>
/// <param name="UsesTokensAtOnce">Uses renewed tokens before they are stored.</param>
/// <param name="ForgetsPastOrders">Asks for deals and money of the past only.</param>
/// <param name="KeepsTickHistory">Not wrong: its broker can be asked for ticks of the past.</param>
internal sealed record LinkHabits(
    bool ReadsHistoryFirst = false,
    bool UsesTokensAtOnce = false,
    bool ForgetsPastOrders = false,
    bool KeepsTickHistory = false
);
