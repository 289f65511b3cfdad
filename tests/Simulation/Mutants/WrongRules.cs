using Trading.Actors.Shell;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.Simulation.Store;

namespace Trading.Simulation.Mutants;

/// <summary>The rules of a session, each time with one thing wrong.</summary>
internal static class WrongRules
{
    /// <summary>A deal is not recognised when it comes again.</summary>
    public static Aggregate<SessionState, SessionCommand> ForgetsDeals(Aggregate<SessionState, SessionCommand> rules) =>
        rules with
        {
            Decide = (state, command) =>
                rules.Decide(
                    state.Book is { } book ? state with { Book = book with { Deals = RecentIds.Empty } } : state,
                    command
                ),
            IdOf = (state, stream, payload) => payload is DealExecuted ? null : rules.IdOf(state, stream, payload),
        };

    /// <summary>A correction is booked and booked again.</summary>
    public static Aggregate<SessionState, SessionCommand> CorrectsTwice(
        Aggregate<SessionState, SessionCommand> rules
    ) =>
        Deciding(
            rules,
            happened =>
                happened.Payload is BalanceChanged { Cause: BalanceCause.Correction }
                    ? [happened, happened]
                    : [happened]
        );

    /// <summary>A deal that moved the balance is recorded without the movement.</summary>
    public static Aggregate<SessionState, SessionCommand> ForgetsProfits(
        Aggregate<SessionState, SessionCommand> rules
    ) => Deciding(rules, happened => happened.Payload is BalanceChanged { Cause: BalanceCause.Deal } ? [] : [happened]);

    /// <summary>Of the symbols that are wanted the last one is not streamed.</summary>
    public static Aggregate<SessionState, SessionCommand> LosesLastSymbol(
        Aggregate<SessionState, SessionCommand> rules
    ) =>
        rules with
        {
            Decide = (state, command) =>
                rules.Decide(
                    state,
                    command is SessionCommand.StreamSymbols stream
                        ? stream with
                        {
                            Symbols = stream
                                .Symbols.OrderBy(symbol => symbol.Value, StringComparer.Ordinal)
                                .SkipLast(1)
                                .ToHashSet(),
                        }
                        : command
                ),
        };

    /// <summary>An owner takes a session over without a word.</summary>
    public static Aggregate<SessionState, SessionCommand> ClaimsNothing(
        Aggregate<SessionState, SessionCommand> rules
    ) => rules with { Claim = null };

    /// <summary>A start is acted on whenever it is folded, and so by every recovery.</summary>
    public static Aggregate<SessionState, SessionCommand> ActsWhenFolding(
        Aggregate<SessionState, SessionCommand> rules,
        IBrokerLinkFactory broker
    ) =>
        rules with
        {
            Evolve = (state, payload, at) =>
            {
                if (payload is SessionStarted started && state is { Grant: { } grant, User: { } user })
                {
                    broker.Open(SettingsOf(user, started, grant), new NoTicks());
                }

                return rules.Evolve(state, payload, at);
            },
        };

    private static LinkSettings SettingsOf(UserKey user, SessionStarted started, CredentialsGranted grant) =>
        new()
        {
            Environment = started.Environment,
            Account = new(started.AccountId),
            Credentials = new(SimulatedSealer.Open(user, grant.SealedAccessToken.Span)!, null, null),
        };

    private static Aggregate<SessionState, SessionCommand> Deciding(
        Aggregate<SessionState, SessionCommand> rules,
        Func<Happened, Happened[]> change
    ) =>
        rules with
        {
            Decide = (state, command) =>
                rules.Decide(state, command) is Decision.Accepted accepted
                    ? new Decision.Accepted([.. accepted.Events.SelectMany(change)])
                    : rules.Decide(state, command),
            IdOf = (state, stream, payload) =>
                payload is BalanceChanged { Cause: BalanceCause.Correction }
                    ? null
                    : rules.IdOf(state, stream, payload),
        };
}
