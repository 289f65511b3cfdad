using System.Collections.Immutable;
using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>What must be done in the outside world because of an event.</summary>
public abstract record SessionEffect
{
    private SessionEffect() { }

    /// <summary>Open a link to this account, in place of one that may stand.</summary>
    public sealed record OpenLink(
        AccountId Account,
        BrokerEnvironment Environment,
        DateTimeOffset? RecoverSince,
        IReadOnlySet<SymbolName> Symbols
    ) : SessionEffect;

    /// <summary>Close the link.</summary>
    public sealed record CloseLink : SessionEffect;

    /// <summary>Tell the link the whole set of symbols to stream.</summary>
    public sealed record SetSymbols(IReadOnlySet<SymbolName> Symbols) : SessionEffect;

    /// <summary>Tell the link that the renewed tokens are on disk.</summary>
    public sealed record ConfirmCredentials : SessionEffect;
}

/// <summary>From events to effects. Run once, after the events are on disk; never by recovery.</summary>
public static class SessionReact
{
    /// <summary>The effects of one event; <paramref name="state"/> is the state right after it.</summary>
    public static SessionEffect? To(SessionState state, IMessage payload) =>
        payload switch
        {
            SessionStarted => state.DesiredLink(),
            // The link knows only the tokens it was opened with.
            CredentialsGranted when state.Running => state.DesiredLink(),
            CredentialsRefreshed when state.Running => new SessionEffect.ConfirmCredentials(),
            SessionStopped or SessionFailed => new SessionEffect.CloseLink(),
            SubscriptionAdded or SubscriptionRemoved when state.Running => new SessionEffect.SetSymbols(
                state.Subscriptions.Keys.ToImmutableHashSet()
            ),
            _ => null,
        };

    /// <summary>What a recovered session does to go on.</summary>
    public static SessionEffect? Resume(SessionState state) => state.DesiredLink();
}
