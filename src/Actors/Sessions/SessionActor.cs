using Trading.Actors.Feeds;
using Trading.Actors.Persistence;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Liveness;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>One user's session: owns the link to the broker, takes its reports in through the mailbox, and does what the
/// recorded events ask for.</summary>
internal sealed class SessionActor(UserKey user, ActorEnvironment environment, SessionPeers peers)
    : PersistentActor<SessionState, SessionCommand, SessionEffect>(
        SessionRules.StreamOf(user),
        peers.Rules,
        environment
    )
{
    private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SessionLink? _link;
    private BrokerEnvironment _offeredTo;
    private int _links;
    private volatile BrokerCredentials? _unstored;
    private SessionPhase _counted;
    private SessionState? _shown;

    /// <summary>Whose session.</summary>
    public UserKey Owner => user;

    /// <summary>How the session does.</summary>
    public Vital Vital
    {
        get
        {
            var ours = Vital.Of(VitalKind.Session, user.Value[..8], StateOf(_counted), ("mailbox", Pulse));
            return ours.State != VitalState.Stuck && _link?.Vital is { State: VitalState.Stuck } link
                ? link with
                {
                    Name = ours.Name,
                }
                : ours;
        }
    }

    /// <summary>Completes when the broker was heard for the first time, or no link is wanted.</summary>
    public Task Heard => _heard.Task;

    /// <inheritdoc/>
    protected override UserKey? User => user;

    /// <inheritdoc/>
    protected override bool Idle => !State.Running;

    /// <inheritdoc/>
    protected override async ValueTask<SessionCommand> PrepareAsync(
        SessionCommand command,
        CancellationToken cancellation
    )
    {
        if (command is not SessionCommand.Observe { Report: BrokerReport.CredentialsRenewed renewed })
        {
            return command;
        }

        // The clear tokens go no further than here: what is decided and recorded is sealed.
        return new SessionCommand.StoreCredentials(
            await peers.Sealer.SealAsync(user, renewed.Credentials.AccessToken, cancellation),
            renewed.Credentials.RefreshToken is { } refresh
                ? await peers.Sealer.SealAsync(user, refresh, cancellation)
                : ReadOnlyMemory<byte>.Empty,
            renewed.Credentials.ExpiresAt
        )
        {
            At = command.At,
        };
    }

    /// <inheritdoc/>
    protected override Guid CorrelationOf(SessionCommand command) => command.CorrelationId;

    /// <inheritdoc/>
    protected override SessionEffect? React(Happened happened)
    {
        switch (happened.Payload)
        {
            case LinkLost:
                Environment.Metrics.LinksLost.Add(1);
                break;
            case CredentialsGranted or CredentialsRevoked:
                _unstored = null;
                break;
        }

        return SessionReact.To(State, happened.Payload);
    }

    /// <inheritdoc/>
    protected override bool Replaces(SessionEffect later, SessionEffect former) =>
        (later, former)
            is
                (SessionEffect.SetSymbols, SessionEffect.SetSymbols)
                or
                (SessionEffect.OpenLink, SessionEffect.SetSymbols or SessionEffect.OpenLink)
                or
                (SessionEffect.CloseLink, SessionEffect.SetSymbols or SessionEffect.OpenLink);

    /// <inheritdoc/>
    protected override Task RunAsync(SessionEffect effect, CancellationToken cancellation)
    {
        switch (effect)
        {
            case SessionEffect.OpenLink open:
                return OpenAsync(open, cancellation);
            case SessionEffect.CloseLink:
                return CloseLinkAsync();
            case SessionEffect.SetSymbols set:
                _link?.Want(set.Symbols);
                return Task.CompletedTask;
            case SessionEffect.ConfirmCredentials when _unstored is { } stored:
                _unstored = null;
                _link?.CredentialsStored(stored);
                return Task.CompletedTask;
            default:
                return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    protected override async Task ResumeAsync(CancellationToken cancellation)
    {
        if (_unstored is { } renewed)
        {
            // The last life ended before it could store them, and the broker takes no older ones.
            var at = Environment.Time.GetUtcNow();
            var report = new BrokerReport.CredentialsRenewed(renewed) { At = at };
            await HandleNowAsync(new SessionCommand.Observe(report) { At = at }, cancellation);
            _unstored = null;
        }

        if (SessionReact.Resume(State) is { } effect)
        {
            await RunAsync(effect, cancellation);
        }
        else
        {
            _heard.TrySetResult();
        }
    }

    /// <inheritdoc/>
    protected override void Applied() => ShareCatalogs();

    /// <inheritdoc/>
    protected override void Published()
    {
        ShareCatalogs();
        Count(State.Phase);
        if (_shown is null || !SessionView.SameFor(_shown, State))
        {
            peers.Feeds.Show(user, SessionView.Of(user, State));
        }

        _shown = State;
    }

    /// <inheritdoc/>
    protected override bool IsCurrent(int source) => source == _links && _link is not null;

    /// <inheritdoc/>
    protected override async Task QuiesceAsync()
    {
        await CloseLinkAsync();
        Count(SessionPhase.Idle);
        peers.Feeds.Show(user, null);
        _shown = null;
        _heard.TrySetResult();
    }

    private async Task OpenAsync(SessionEffect.OpenLink open, CancellationToken cancellation)
    {
        await CloseLinkAsync();
        var at = Environment.Time.GetUtcNow();
        if (
            State.Grant is not { } grant
            || peers.Brokers.FirstOrDefault(b => b.Broker == grant.Broker) is not { } broker
        )
        {
            Refuse(at, "UNKNOWN_BROKER", "No link to this broker is built in.", needsConsent: false);
            return;
        }

        var access = await peers.Sealer.OpenAsync(user, grant.SealedAccessToken.Memory, cancellation);
        var refresh = grant.SealedRefreshToken.IsEmpty
            ? null
            : await peers.Sealer.OpenAsync(user, grant.SealedRefreshToken.Memory, cancellation);
        if (access is null)
        {
            Refuse(at, "TOKEN_UNREADABLE", "The stored tokens cannot be opened any more.", needsConsent: true);
            return;
        }

        var settings = new LinkSettings
        {
            Environment = open.Environment,
            Account = open.Account,
            Credentials = new(
                access,
                refresh,
                grant.ExpiresAtMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(grant.ExpiresAtMs)
            ),
            RecoverSince = open.RecoverSince,
            Symbols = open.Symbols,
        };
        var number = ++_links;
        var ticks = peers.Feeds.SinkOf(open.Environment, user);
        var link = broker.Open(settings, ticks);
        _offeredTo = open.Environment;
        peers.Feeds.Offer(open.Environment, user, new(link as IBrokerTickHistory));
        _link = new(
            link,
            ticks,
            open.Symbols,
            (report, closing) => TakeAsync(number, report, ticks, closing),
            (failure, closing) => PostAsync(new(null, Source: number, Failure: failure), closing)
        );
    }

    private ValueTask TakeAsync(int number, BrokerReport report, SessionTicks ticks, CancellationToken closing)
    {
        if (report is BrokerReport.CredentialsRenewed renewed)
        {
            // From here on they are the only ones that work: kept until they are on disk, whatever happens to this life.
            _unstored = renewed.Credentials;
        }

        if (report is BrokerReport.LinkUp or BrokerReport.LinkDown)
        {
            ticks.ExpectRepeats();
        }

        if (report is BrokerReport.LinkDown)
        {
            ticks.Interrupted();
        }

        if (report is BrokerReport.LinkUp or BrokerReport.LinkDown or BrokerReport.LinkRefused)
        {
            _heard.TrySetResult();
        }

        return PostAsync(new(new SessionCommand.Observe(report) { At = report.At }, Source: number), closing);
    }

    private void Refuse(DateTimeOffset at, string code, string detail, bool needsConsent) =>
        Tell(
            new SessionCommand.Observe(new BrokerReport.LinkRefused(code, detail, needsConsent) { At = at }) { At = at }
        );

    private async Task CloseLinkAsync()
    {
        if (_link is { } link)
        {
            _link = null;
            peers.Feeds.Offer(_offeredTo, user, null);
            link.Ticks.Interrupted();
            if (await link.CloseAsync() is { } failure)
            {
                Log.LinkCloseFailed(Environment.Logger, Stream, failure);
            }
        }
    }

    private void ShareCatalogs()
    {
        if (State.Book is { } book && peers.Catalogs.Share(book.Symbols) is var shared && shared != book.Symbols)
        {
            Hold(State with { Book = book with { Symbols = shared } });
        }
    }

    private void Count(SessionPhase phase)
    {
        Environment.Metrics.Running.Add(One(IsRunning(phase)) - One(IsRunning(_counted)));
        Environment.Metrics.Live.Add(One(phase == SessionPhase.Live) - One(_counted == SessionPhase.Live));
        _counted = phase;
    }

    private static VitalState StateOf(SessionPhase phase) =>
        phase switch
        {
            SessionPhase.Failed => VitalState.Parked,
            SessionPhase.Idle or SessionPhase.Stopped or SessionPhase.Live => VitalState.Live,
            _ => VitalState.CatchingUp,
        };

    private static bool IsRunning(SessionPhase phase) =>
        phase is not (SessionPhase.Idle or SessionPhase.Failed or SessionPhase.Stopped);

    private static int One(bool it) => it ? 1 : 0;
}

/// <summary>Those a session works with.</summary>
internal sealed record SessionPeers(
    IReadOnlyList<IBrokerLinkFactory> Brokers,
    ISecretSealer Sealer,
    PriceFeeds Feeds,
    SharedCatalogs Catalogs,
    Rules<SessionState, SessionCommand> Rules
);
