using System.Collections.Immutable;
using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>Folds a session's events into its state. Total: an event that is none of a session's changes nothing.</summary>
public static class SessionEvolve
{
    /// <summary>The state after an event. <paramref name="at"/> is when it happened, as recorded.</summary>
    public static SessionState Apply(SessionState state, IMessage payload, DateTimeOffset at) =>
        payload switch
        {
            UserIdentified identified => state with
            {
                User = UserKey.Parse(identified.UserKey),
                Identified = true,
                EmailKey = identified.EmailKey,
            },
            CredentialsGranted grant => state with
            {
                User = UserKey.Parse(grant.UserKey),
                Grant = grant,
                FailedForConsent = false,
            },
            CredentialsRefreshed refreshed => state with { Grant = Renewed(state.Grant, refreshed) },
            CredentialsRevoked => state with { Grant = null },
            UserErased erased => SessionState.Initial with
            {
                User = UserKey.Parse(erased.UserKey),
                Erasures = state.Erasures + 1,
            },
            AccountSelected selected => Select(state, selected),
            SessionStarted started => state with
            {
                User = UserKey.Parse(started.UserKey),
                Phase = SessionPhase.Connecting,
                FailedForConsent = false,
            },
            // Whoever had a link has none any more: only the new owner's counts.
            SessionClaimed => state.Running ? state with { Phase = SessionPhase.Connecting } : state,
            SessionConnected connected => AccountEvolve.Apply(
                state with
                {
                    Phase = SessionPhase.Live,
                    LossCode = "",
                    LossAtMs = 0,
                },
                connected.AccountId,
                payload,
                at
            ),
            LinkLost lost => Lost(state, lost.Code, at) with { Phase = SessionPhase.Retrying },
            LinkRetrySlowed slowed => Lost(state, slowed.Code, at) with { Phase = SessionPhase.RetryingSlowly },
            LinkRetryFailed failed => Lost(state, failed.Code, at),
            SessionFailed => state with { Phase = SessionPhase.Failed, FailedForConsent = state.Grant is null },
            SessionStopped => state with { Phase = SessionPhase.Stopped, FailedForConsent = false },
            SubscriptionAdded added => state with
            {
                Subscriptions = state.Subscriptions.SetItem(new(added.Symbol), new(added.SymbolId)),
            },
            SubscriptionRemoved removed => state with
            {
                Subscriptions = state.Subscriptions.Remove(new(removed.Symbol)),
            },
            _ => AccountEvolve.Apply(state, AccountEvolve.AccountOf(payload), payload, at),
        };

    private static SessionState Lost(SessionState state, string code, DateTimeOffset at) =>
        state with
        {
            LossCode = code,
            LossAtMs = at.ToUnixTimeMilliseconds(),
        };

    private static CredentialsGranted? Renewed(CredentialsGranted? grant, CredentialsRefreshed refreshed)
    {
        if (grant is null)
        {
            return null;
        }

        var renewed = grant.Clone();
        renewed.SealedAccessToken = refreshed.SealedAccessToken;
        renewed.SealedRefreshToken = refreshed.SealedRefreshToken;
        renewed.ExpiresAtMs = refreshed.ExpiresAtMs;
        return renewed;
    }

    private static SessionState Select(SessionState state, AccountSelected selected)
    {
        var account = new AccountId(selected.AccountId);
        if (state.Book?.Account == account)
        {
            return state with { Selected = selected };
        }

        var shelf = state.Book is { } former ? state.Shelf.SetItem(former.Account, former) : state.Shelf;
        return state with
        {
            Selected = selected,
            Book = shelf.GetValueOrDefault(account) ?? new AccountBook { Account = account },
            Shelf = shelf.Remove(account),
        };
    }
}
