using System.Collections.Immutable;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Sessions;

namespace Trading.Actors.Feeds;

/// <summary>What the feeds need to know about a session.</summary>
/// <param name="User">Whose.</param>
/// <param name="Environment">Where its account is.</param>
/// <param name="Running">It is to run.</param>
/// <param name="Live">Its link stands.</param>
/// <param name="Needed">The symbols that value its open positions.</param>
/// <param name="Subscribed">The symbols its link streams.</param>
/// <param name="Offer">What its broker offers.</param>
internal sealed record SessionView(
    UserKey User,
    BrokerEnvironment Environment,
    bool Running,
    bool Live,
    ImmutableHashSet<SymbolName> Needed,
    ImmutableHashSet<SymbolName> Subscribed,
    SymbolCatalog Offer
)
{
    /// <summary>The view of a state, or null when the session has no account yet.</summary>
    public static SessionView? Of(UserKey user, SessionState state) =>
        state is { Selected: { } selected, Book: { } book }
            ? new(
                user,
                selected.Environment,
                state.Running,
                state.Phase == SessionPhase.Live,
                state.Running ? book.NeededSymbols() : [],
                [.. state.Subscriptions.Keys],
                book.Symbols
            )
            : null;

    /// <summary>Nothing that a view shows differs between two states: most events change none of it.</summary>
    public static bool SameFor(SessionState then, SessionState now) =>
        then.Phase == now.Phase
        && ReferenceEquals(then.Selected, now.Selected)
        && ReferenceEquals(then.Subscriptions, now.Subscriptions)
        && ReferenceEquals(then.Book?.Positions, now.Book?.Positions)
        && ReferenceEquals(then.Book?.Symbols, now.Book?.Symbols);
}
