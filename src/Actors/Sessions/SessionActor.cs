using Trading.Actors.Feeds;
using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;

namespace Trading.Actors.Sessions;

/// <summary>One user's session: owns the link to the broker, takes its reports in, and does what the recorded events ask for.
/// </summary>
internal sealed class SessionActor(
    UserKey user,
    Aggregate<SessionState, SessionCommand> rules,
    SessionStanding standing,
    SessionPeers peers,
    AggregateLife life
) : AggregateActor<SessionState, SessionCommand>(rules, life)
{
    private readonly List<SessionEffect> _effects = new(1);
    private SessionLink? _link;
    private Task _closed = Task.CompletedTask;
    private BrokerEnvironment _offeredTo;
    private SessionState? _shown;
    private bool _heard;

    /// <summary>The session as the shell runs it on this node.</summary>
    public static Entity EntityOf(StreamName stream, Aggregate<SessionState, SessionCommand> rules, SessionPeers peers)
    {
        var user = UserKey.Parse(stream.Id);
        var standing = new SessionStanding(user);
        return new(
            stream,
            rules.Limits,
            life => ActorProps.Of(() => new SessionActor(user, rules, standing, peers, life)),
            standing.Health
        );
    }

    /// <inheritdoc/>
    protected override bool Idle => !State.Running;

    /// <summary>The broker was heard, or no link is wanted.</summary>
    protected override bool Attended => _heard || !State.Running;

    private ShellEnvironment Shell => Life.Shell;

    /// <inheritdoc/>
    protected override void Resume()
    {
        Publish();
        if (standing.Unstored is not { } renewed)
        {
            OpenWanted();
            return;
        }

        // The last life ended before it could store them, and the broker takes no older ones.
        Await(
            SealAsync(renewed, Shell.Time.GetUtcNow()),
            store =>
                Tell(
                    store,
                    () =>
                    {
                        standing.Unstored = null;
                        OpenWanted();
                    }
                )
        );
    }

    /// <inheritdoc/>
    protected override void OnApplied(EventEnvelope recorded)
    {
        switch (recorded.Payload)
        {
            case LinkLost:
                Shell.Metrics.LinksLost.Add(1);
                break;
            case CredentialsGranted or CredentialsRevoked:
                standing.Unstored = null;
                break;
        }

        if (SessionReact.To(State, recorded.Payload) is not { } effect)
        {
            return;
        }

        if (_effects is [.., var former] && Replaces(effect, former))
        {
            _effects[^1] = effect;
        }
        else
        {
            _effects.Add(effect);
        }
    }

    /// <inheritdoc/>
    protected override void OnSettled()
    {
        Publish();
        SessionEffect[] effects = [.. _effects];
        _effects.Clear();
        foreach (var effect in effects)
        {
            Run(effect);
        }
    }

    /// <inheritdoc/>
    protected override void OnReady() => _link?.Ask(Self);

    /// <inheritdoc/>
    protected override void OnMessage(object message)
    {
        switch (message)
        {
            case SessionLink.Said said when said.Link == _link:
                _link.Answered();
                Take(said.Report);
                break;
            case SessionLink.Broken broken when broken.Link == _link:
                throw new OutsideFailedException(broken.Failure);
            case SessionLink.Said or SessionLink.Broken:
                // Of a former link.
                break;
            default:
                base.OnMessage(message);
                break;
        }
    }

    /// <inheritdoc/>
    protected override async Task CloseAsync()
    {
        Count(SessionPhase.Idle);
        peers.Feeds.Show(user, null);
        CloseLink();
        await _closed;
    }

    private void Take(BrokerReport report)
    {
        _heard |= report is BrokerReport.LinkUp or BrokerReport.LinkDown or BrokerReport.LinkRefused;
        if (report is BrokerReport.CredentialsRenewed renewed)
        {
            // The clear tokens go no further than here: what is decided and recorded is sealed.
            Await(SealAsync(renewed.Credentials, report.At), store => Tell(store));
        }
        else
        {
            Take(new SessionCommand.Observe(report) { At = report.At });
        }
    }

    private async ValueTask<SessionCommand> SealAsync(BrokerCredentials renewed, DateTimeOffset at) =>
        new SessionCommand.StoreCredentials(
            await peers.Sealer.SealAsync(user, renewed.AccessToken, CancellationToken.None),
            renewed.RefreshToken is { } refresh
                ? await peers.Sealer.SealAsync(user, refresh, CancellationToken.None)
                : ReadOnlyMemory<byte>.Empty,
            renewed.ExpiresAt
        )
        {
            At = at,
        };

    private static bool Replaces(SessionEffect later, SessionEffect former) =>
        (later, former)
            is
                (SessionEffect.SetSymbols, SessionEffect.SetSymbols)
                or
                (SessionEffect.OpenLink, SessionEffect.SetSymbols or SessionEffect.OpenLink)
                or
                (SessionEffect.CloseLink, SessionEffect.SetSymbols or SessionEffect.OpenLink);

    private void Run(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.OpenLink open:
                Open(open);
                break;
            case SessionEffect.CloseLink:
                CloseLink();
                Await(ClosedAsync(), _ => { });
                break;
            case SessionEffect.SetSymbols set:
                _link?.Want(set.Symbols);
                break;
            case SessionEffect.ConfirmCredentials when standing.Unstored is { } stored:
                standing.Unstored = null;
                _link?.CredentialsStored(stored);
                break;
        }
    }

    private void OpenWanted()
    {
        if (SessionReact.Resume(State) is { } effect)
        {
            Run(effect);
        }
    }

    private void Open(SessionEffect.OpenLink open)
    {
        CloseLink();
        if (
            State.Grant is not { } grant
            || peers.Brokers.FirstOrDefault(b => b.Broker == grant.Broker) is not { } broker
        )
        {
            Refuse("UNKNOWN_BROKER", "No link to this broker is built in.", needsConsent: false);
            return;
        }

        Await(
            OpenTokensAsync(grant),
            tokens =>
            {
                if (tokens is null)
                {
                    Refuse("TOKEN_UNREADABLE", "The stored tokens cannot be opened any more.", needsConsent: true);
                }
                else
                {
                    Open(open, broker, tokens);
                }
            }
        );
    }

    private async ValueTask<BrokerCredentials?> OpenTokensAsync(CredentialsGranted grant)
    {
        // A session has one link at a time.
        await _closed;
        var access = await peers.Sealer.OpenAsync(user, grant.SealedAccessToken.Memory, CancellationToken.None);
        var refresh = grant.SealedRefreshToken.IsEmpty
            ? null
            : await peers.Sealer.OpenAsync(user, grant.SealedRefreshToken.Memory, CancellationToken.None);
        return access is null
            ? null
            : new(
                access,
                refresh,
                grant.ExpiresAtMs == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(grant.ExpiresAtMs)
            );
    }

    private void Open(SessionEffect.OpenLink open, IBrokerLinkFactory broker, BrokerCredentials credentials)
    {
        var settings = new LinkSettings
        {
            Environment = open.Environment,
            Account = open.Account,
            Credentials = credentials,
            RecoverSince = open.RecoverSince,
            Symbols = open.Symbols,
        };
        var ticks = peers.Feeds.SinkOf(open.Environment, user);
        var link = broker.Open(settings, ticks);
        standing.Link = link;
        _offeredTo = open.Environment;
        peers.Feeds.Offer(open.Environment, user, new(link as IBrokerTickHistory));
        _link = new(link, ticks, open.Symbols, standing, Shell.Options.MailboxCapacity);
    }

    private void Refuse(string code, string detail, bool needsConsent)
    {
        _heard = true;
        var at = Shell.Time.GetUtcNow();
        Tell(
            new SessionCommand.Observe(new BrokerReport.LinkRefused(code, detail, needsConsent) { At = at }) { At = at }
        );
    }

    private void CloseLink()
    {
        if (_link is { } link)
        {
            _link = null;
            standing.Link = null;
            peers.Feeds.Offer(_offeredTo, user, null);
            link.Ticks.Interrupted();
            _closed = CloseAsync(link);
        }
    }

    private async Task CloseAsync(SessionLink link)
    {
        if (await link.CloseAsync() is { } failure)
        {
            ActorLog.LinkCloseFailed(Shell.Logger, Life.Stream, failure);
        }
    }

    private async ValueTask<bool> ClosedAsync()
    {
        await _closed;
        return true;
    }

    private void Publish()
    {
        ShareCatalogs();
        Count(State.Phase);
        if (_shown is null || !SessionView.SameFor(_shown, State))
        {
            peers.Feeds.Show(user, SessionView.Of(user, State));
        }

        _shown = State;
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
        var former = standing.Phase;
        Shell.Metrics.Running.Add(One(IsRunning(phase)) - One(IsRunning(former)));
        Shell.Metrics.Live.Add(One(phase == SessionPhase.Live) - One(former == SessionPhase.Live));
        standing.Phase = phase;
    }

    private static bool IsRunning(SessionPhase phase) =>
        phase is not (SessionPhase.Idle or SessionPhase.Failed or SessionPhase.Stopped);

    private static int One(bool it) => it ? 1 : 0;
}

/// <summary>Those a session works with.</summary>
internal sealed record SessionPeers(
    IReadOnlyList<IBrokerLinkFactory> Brokers,
    ISecretSealer Sealer,
    PriceFeeds Feeds,
    SharedCatalogs Catalogs
);
