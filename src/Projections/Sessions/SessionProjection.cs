using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Sessions;

/// <summary>Where each user's session stands, and what was granted.</summary>
internal sealed class SessionProjection()
    : JournalProjection<SessionView>(
        SessionTable.Table,
        CredentialsGranted.Descriptor,
        CredentialsRefreshed.Descriptor,
        CredentialsRevoked.Descriptor,
        AccountSelected.Descriptor,
        SessionStarted.Descriptor,
        SessionClaimed.Descriptor,
        SessionConnected.Descriptor,
        LinkLost.Descriptor,
        LinkRetrySlowed.Descriptor,
        LinkRetryFailed.Descriptor,
        SessionFailed.Descriptor,
        SessionStopped.Descriptor,
        SubscriptionAdded.Descriptor,
        SubscriptionRemoved.Descriptor
    )
{
    public override ReadModel Model => ReadModel.Sessions;

    protected override RowKey? KeyOf(RecordedEvent recorded) => new(recorded.UserOf().Value);

    protected override RowKey KeyOf(SessionView row) => new(row.User.Value);

    protected override SessionView Apply(SessionView? row, RecordedEvent recorded)
    {
        row ??= new() { User = recorded.UserOf(), Stamp = default };
        var next = recorded.DecodeForFold() switch
        {
            CredentialsGranted granted => row with
            {
                Broker = granted.Broker,
                HasCredentials = true,
                Scope = granted.Scope,
                CredentialsExpireAt = Columns.MomentOf(granted.ExpiresAtMs),
                GrantedAccounts = granted
                    .Accounts.Select(account => new GrantedAccountView(
                        new(account.AccountId),
                        account.Environment,
                        account.Login,
                        account.BrokerTitle
                    ))
                    .ToArray(),
            },
            CredentialsRefreshed refreshed => row with
            {
                HasCredentials = true,
                CredentialsExpireAt = Columns.MomentOf(refreshed.ExpiresAtMs),
            },
            CredentialsRevoked => row with
            {
                HasCredentials = false,
                Scope = "",
                CredentialsExpireAt = null,
                GrantedAccounts = [],
            },
            AccountSelected selected => row with
            {
                Account = new AccountId(selected.AccountId),
                Environment = selected.Environment,
            },
            SessionStarted started => row with
            {
                State = SessionState.Connecting,
                Broker = started.Broker,
                Account = new AccountId(started.AccountId),
                Environment = started.Environment,
                RequestedBy = started.RequestedBy,
                Attempts = 0,
                Reason = "",
                Code = "",
            },
            // Whoever had a link has none any more.
            SessionClaimed claimed
                when row.State
                    is SessionState.Connected
                        or SessionState.Reconnecting
                        or SessionState.ReconnectingSlowly => row with
            {
                Owner = claimed.Owner,
                State = SessionState.Connecting,
                Attempts = 0,
                Reason = "",
                Code = "",
            },
            SessionClaimed claimed => row with { Owner = claimed.Owner },
            SessionConnected connected => row with
            {
                State = SessionState.Connected,
                Attempts = (int)connected.Attempt,
                Reason = "",
                Code = "",
                ConnectedAt = recorded.OccurredAt,
            },
            LinkLost lost => row with
            {
                State = SessionState.Reconnecting,
                Attempts = 0,
                Reason = lost.Reason,
                Code = lost.Code,
            },
            LinkRetrySlowed slowed => row with
            {
                State = SessionState.ReconnectingSlowly,
                Attempts = (int)slowed.Attempts,
                Reason = slowed.Reason,
                Code = slowed.Code,
            },
            LinkRetryFailed failed => row with
            {
                Attempts = (int)failed.Attempts,
                Reason = failed.Reason,
                Code = failed.Code,
            },
            SessionFailed failed => row with
            {
                State = SessionState.Failed,
                Reason = failed.Detail,
                Code = failed.Code,
            },
            SessionStopped stopped => row with { State = SessionState.Stopped, Reason = stopped.Reason, Code = "" },
            SubscriptionAdded added => row with
            {
                Subscriptions = row
                    .Subscriptions.Append(added.Symbol)
                    .Distinct()
                    .Order(StringComparer.Ordinal)
                    .ToArray(),
            },
            SubscriptionRemoved removed => row with
            {
                Subscriptions = row.Subscriptions.Where(symbol => symbol != removed.Symbol).ToArray(),
            },
            var other => throw new InvalidOperationException($"No rule for {other.Descriptor.Name}."),
        };
        return next with { Stamp = recorded.StampOf() };
    }
}
