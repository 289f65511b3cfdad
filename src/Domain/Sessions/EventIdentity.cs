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
    public static EventId? Of(StreamName stream, IMessage payload) =>
        payload switch
        {
            DealExecuted deal => Derive(stream, "deal", deal.AccountId, deal.DealId),
            FundsDeposited funds => Derive(stream, "movement", funds.AccountId, funds.MovementId),
            FundsWithdrawn funds => Derive(stream, "movement", funds.AccountId, funds.MovementId),
            BalanceChanged { Cause: BalanceCause.Opening } balance => Derive(
                stream,
                "balance",
                balance.AccountId,
                "opening"
            ),
            BalanceChanged { Cause: BalanceCause.Deal } balance => Derive(
                stream,
                "balance",
                balance.AccountId,
                $"deal/{balance.CauseId}"
            ),
            BalanceChanged { Cause: BalanceCause.Deposit or BalanceCause.Withdrawal } balance => Derive(
                stream,
                "balance",
                balance.AccountId,
                $"movement/{balance.CauseId}"
            ),
            _ => null,
        };

    private static EventId Derive(StreamName stream, string kind, string account, string id) =>
        EventId.Derived($"{stream}/{kind}/{account}/{id}");
}
