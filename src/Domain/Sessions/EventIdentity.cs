using Google.Protobuf;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Domain.Sessions;

/// <summary>Gives the facts that the broker itself numbers an id made from that number, so that the log recognises a second
/// sight of one even where the state has forgotten it.</summary>
public static class EventIdentity
{
    /// <summary>The id that the content names, or null for events that may rightly happen again with the same content.
    /// </summary>
    /// <param name="stream">The session's stream.</param>
    /// <param name="payload">The event.</param>
    /// <param name="erasures">How often the user was erased: what was forgotten then and is told again since is news.</param>
    public static EventId? Of(StreamName stream, IMessage payload, int erasures = 0) =>
        Of(erasures == 0 ? $"{stream}" : $"{stream}/{erasures}", payload);

    private static EventId? Of(string life, IMessage payload) =>
        payload switch
        {
            DealExecuted deal => Derive(life, "deal", deal.AccountId, deal.DealId),
            FundsDeposited funds => Derive(life, "movement", funds.AccountId, funds.MovementId),
            FundsWithdrawn funds => Derive(life, "movement", funds.AccountId, funds.MovementId),
            BalanceChanged { Cause: BalanceCause.Opening } balance => Derive(
                life,
                "balance",
                balance.AccountId,
                "opening"
            ),
            BalanceChanged { Cause: BalanceCause.Deal } balance => Derive(
                life,
                "balance",
                balance.AccountId,
                $"deal/{balance.CauseId}"
            ),
            BalanceChanged { Cause: BalanceCause.Deposit or BalanceCause.Withdrawal } balance => Derive(
                life,
                "balance",
                balance.AccountId,
                $"movement/{balance.CauseId}"
            ),
            _ => null,
        };

    private static EventId Derive(string life, string kind, string account, string id) =>
        EventId.Derived($"{life}/{kind}/{account}/{id}");
}
