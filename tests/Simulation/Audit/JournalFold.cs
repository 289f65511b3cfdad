using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Simulation.Store;

namespace Trading.Simulation.Audit;

/// <summary>The auditor's own reading of the journal: what each event's contract says became true.</summary>
internal sealed class JournalFold
{
    private readonly SortedDictionary<string, FoldedSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>All sessions, by user.</summary>
    public IEnumerable<FoldedSession> Sessions => _sessions.Values;

    /// <summary>The offset folded last.</summary>
    public long Offset { get; private set; }

    /// <summary>A user's session; null before its first event.</summary>
    public FoldedSession? Find(UserKey? user) => user is { } key ? _sessions.GetValueOrDefault(key.Value) : null;

    /// <summary>The events of one append are complete.</summary>
    public void Settle()
    {
        foreach (var account in Sessions.SelectMany(session => session.Accounts.Values))
        {
            account.SettleOpening();
        }
    }

    /// <summary>Takes an event in.</summary>
    public void Apply(RecordedEvent recorded)
    {
        Offset = recorded.Offset.Value;
        if (recorded.User is { } user)
        {
            if (!_sessions.TryGetValue(user.Value, out var session))
            {
                _sessions.Add(user.Value, session = new(user));
            }

            session.Apply(recorded);
        }
    }
}

/// <summary>A session, as its events tell.</summary>
internal sealed class FoldedSession(UserKey user)
{
    public UserKey User => user;
    public bool Running { get; private set; }
    public bool Live { get; private set; }
    public string State { get; private set; } = "";
    public string Account { get; private set; } = "";
    public BrokerEnvironment Environment { get; private set; }
    public CredentialsGranted? Grant { get; private set; }
    public SortedSet<string> Streams { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, FoldedAccount> Accounts { get; } = new(StringComparer.Ordinal);
    public long LastOffset { get; private set; }

    /// <summary>Every access token that was ever recorded.</summary>
    public HashSet<string> Tokens { get; } = [];

    public FoldedAccount? Selected => Accounts.GetValueOrDefault(Account);

    public void Apply(RecordedEvent recorded)
    {
        LastOffset = recorded.Offset.Value;
        switch (recorded.Decode())
        {
            case CredentialsGranted granted:
                Grant = granted.Clone();
                Know(granted.SealedAccessToken);
                break;
            case CredentialsRefreshed refreshed when Grant is not null:
                Grant.SealedAccessToken = refreshed.SealedAccessToken;
                Grant.SealedRefreshToken = refreshed.SealedRefreshToken;
                Know(refreshed.SealedAccessToken);
                break;
            case CredentialsRevoked:
                Grant = null;
                break;
            case AccountSelected selected:
                (Account, Environment) = (selected.AccountId, selected.Environment);
                break;
            case SessionStarted started:
                (Account, Environment) = (started.AccountId, started.Environment);
                Stand("connecting", running: true, live: false);
                break;
            case SessionClaimed when Running:
                // Whoever had a link has none any more: only the new owner's counts.
                Stand("connecting", running: true, live: false);
                break;
            case SessionConnected:
                Stand("connected", running: true, live: true);
                break;
            case LinkLost:
                Stand("reconnecting", running: true, live: false);
                break;
            case LinkRetrySlowed:
                Stand("reconnecting slowly", running: true, live: false);
                break;
            case SessionFailed:
                Stand("failed", running: false, live: false);
                break;
            case SessionStopped:
                Stand("stopped", running: false, live: false);
                break;
            case SubscriptionAdded added:
                Streams.Add(added.Symbol);
                break;
            case SubscriptionRemoved removed:
                Streams.Remove(removed.Symbol);
                break;
            case var payload when Speaks.Of(payload) is { Length: > 0 } account:
                AccountOf(account).Apply(payload);
                break;
        }
    }

    private void Know(ByteString sealedToken) => Tokens.Add(SimulatedSealer.Open(user, sealedToken.Span) ?? "");

    private void Stand(string state, bool running, bool live) => (State, Running, Live) = (state, running, live);

    private FoldedAccount AccountOf(string id)
    {
        if (!Accounts.TryGetValue(id, out var account))
        {
            Accounts.Add(id, account = new());
        }

        return account;
    }
}

/// <summary>Which account an event speaks of.</summary>
internal static class Speaks
{
    public static string Of(IMessage payload) =>
        payload.Descriptor.FindFieldByName("account_id")?.Accessor.GetValue(payload) as string ?? "";
}
