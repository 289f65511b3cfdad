using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Simulation.Broker;
using Trading.Simulation.Store;

namespace Trading.Simulation.Audit;

/// <summary>What may follow what in the life of a session. A session that is not to run takes nothing in; it fails only when
/// the broker really would not have it; its streams end with its link.</summary>
internal sealed class LifeRules(IReadOnlyList<RecordedEvent> events, TokenBook tokens, Action<string, string> fail)
{
    public const string Rule = "the life of a session is in order";
    private bool _running;
    private bool _live;
    private string _account = "";
    private CredentialsGranted? _grant;
    private CredentialsGranted? _revoked;
    private HashSet<string> _streams = [];

    public void Check(JournalFold journal)
    {
        if (journal.Find(events.Count > 0 ? events[0].User : null) is { } session)
        {
            (_running, _live, _account, _grant) = (session.Running, session.Live, session.Account, session.Grant);
            _streams = [.. session.Streams];
        }

        foreach (var recorded in events)
        {
            Check(recorded);
        }
    }

    private void Check(RecordedEvent recorded)
    {
        switch (recorded.Decode())
        {
            case CredentialsGranted granted:
                _grant = granted;
                break;
            case CredentialsRefreshed:
                Must(_grant is not null, recorded, "tokens without a grant");
                break;
            case CredentialsRevoked:
                (_revoked, _grant) = (_grant, null);
                break;
            case AccountSelected selected:
                Must(!_running, recorded, "another account under a running session");
                _account = selected.AccountId;
                break;
            case SessionStarted started:
                Must(!_running && _grant is not null && started.AccountId == _account, recorded, "cannot start");
                (_running, _live) = (true, false);
                break;
            case SessionClaimed claimed:
                Must(
                    claimed.UnattendedToMs >= claimed.UnattendedFromMs && (_running || claimed.UnattendedToMs == 0),
                    recorded,
                    "nobody missed it"
                );
                _live = false;
                break;
            case SessionConnected connected:
                Must(_running && !_live && connected.AccountId == _account, recorded, "cannot connect");
                _live = true;
                break;
            case LinkLost or LinkRetrySlowed:
                Must(_running, recorded, "no link to lose");
                _live = false;
                break;
            case SessionStopped:
                Must(_streams.Count == 0, recorded, "streams outlive the link");
                (_running, _live) = (false, false);
                break;
            case SessionFailed:
                Must(_running && _streams.Count == 0, recorded, "cannot fail");
                Must(_revoked is null || IsDead(recorded.User, _revoked), recorded, "the broker would have taken it");
                (_running, _live) = (false, false);
                break;
            case SubscriptionAdded added:
                Must(_running && _streams.Add(added.Symbol), recorded, "streams already, or nothing streams");
                break;
            case SubscriptionRemoved removed:
                Must(_streams.Remove(removed.Symbol), recorded, "does not stream");
                break;
            case var payload when Speaks.Of(payload) is { Length: > 0 } account:
                Must(_running && account == _account, recorded, "news for a session that takes none");
                break;
        }
    }

    private bool IsDead(UserKey? user, CredentialsGranted grant) =>
        user is { } owner
        && SimulatedSealer.Open(owner, grant.SealedAccessToken.Span) is { } access
        && SimulatedSealer.Open(owner, grant.SealedRefreshToken.Span) is { } refresh
        && tokens.StandingOf(access) != TokenStanding.Good
        && !tokens.CanRefresh(refresh);

    private void Must(bool holds, RecordedEvent recorded, string otherwise)
    {
        if (!holds)
        {
            fail(Rule, $"{recorded.Offset} {recorded.Type}: {otherwise}");
        }
    }
}
