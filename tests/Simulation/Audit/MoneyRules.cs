using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Logs;

namespace Trading.Simulation.Audit;

/// <summary>Every balance is the sum of its changes; each change names what it is of, has that thing's size, and stands in the
/// same append.</summary>
internal sealed class MoneyRules(
    IReadOnlyList<RecordedEvent> events,
    FoldedSession? session,
    Action<string, string> fail
)
{
    public const string Sum = "a balance is the sum of its changes";
    public const string Once = "no deal and no movement is counted twice";
    public const string Together = "what moves the balance and the balance stand in one append";
    private readonly Dictionary<string, Ledger> _ledgers = [];

    public void Check()
    {
        foreach (var recorded in events)
        {
            var payload = recorded.Decode();
            if (Speaks.Of(payload) is not { Length: > 0 } id)
            {
                continue;
            }

            if (!_ledgers.TryGetValue(id, out var ledger))
            {
                _ledgers.Add(id, ledger = new(session?.Accounts.GetValueOrDefault(id)));
            }

            switch (payload)
            {
                case BalanceChanged changed:
                    Balance(recorded, ledger, changed);
                    break;
                case DealExecuted deal:
                    Deal(recorded, ledger, deal);
                    break;
                case FundsDeposited funds:
                    Movement(recorded, ledger, funds.MovementId, funds.Amount.ToDecimal(), funds.BalanceVersion);
                    break;
                case FundsWithdrawn funds:
                    Movement(recorded, ledger, funds.MovementId, -funds.Amount.ToDecimal(), funds.BalanceVersion);
                    break;
            }
        }

        foreach (var owed in _ledgers.Values.SelectMany(ledger => ledger.Owed.Values))
        {
            fail(Together, owed);
        }
    }

    private void Balance(RecordedEvent recorded, Ledger ledger, BalanceChanged changed)
    {
        var (balance, delta) = (changed.Balance.ToDecimal(), changed.Delta.ToDecimal());
        var opening = changed.Cause == BalanceCause.Opening;
        if (balance != ledger.Balance + delta || opening == ledger.Opened)
        {
            fail(Sum, $"{recorded.Offset}: {ledger.Balance} {delta:+0.00;-0.00} is not {balance} ({changed.Cause})");
        }

        if (changed.BalanceVersion != 0 && changed.BalanceVersion <= ledger.Version)
        {
            fail(Sum, $"{recorded.Offset}: balance version {changed.BalanceVersion} after {ledger.Version}");
        }

        if (changed.Cause is BalanceCause.Deal or BalanceCause.Deposit or BalanceCause.Withdrawal)
        {
            if (!ledger.Sizes.TryGetValue(changed.CauseId, out var size) || size != delta)
            {
                fail(Sum, $"{recorded.Offset}: {changed.Cause} {changed.CauseId} has size {size}, not {delta}");
            }

            ledger.Owed.Remove(changed.CauseId);
        }

        ledger.Opened = true;
        ledger.Balance = balance;
        ledger.Version = Math.Max(ledger.Version, changed.BalanceVersion);
    }

    private void Deal(RecordedEvent recorded, Ledger ledger, DealExecuted deal)
    {
        if (!ledger.Deals.Add(deal.DealId))
        {
            fail(Once, $"{recorded.Offset}: deal {deal.DealId} again");
        }

        if (deal.Closed is { } closed)
        {
            var size =
                closed.GrossProfit.ToDecimal()
                + closed.Swap.ToDecimal()
                + closed.Commission.ToDecimal()
                + closed.ConversionFee.ToDecimal();
            Owe(recorded, ledger, deal.DealId, size, closed.BalanceVersion);
        }
    }

    private void Movement(RecordedEvent recorded, Ledger ledger, string id, decimal size, long version)
    {
        if (!ledger.Movements.Add(id))
        {
            fail(Once, $"{recorded.Offset}: movement {id} again");
        }

        Owe(recorded, ledger, id, size, version);
    }

    // A later balance is recorded already: it holds this change.
    private static void Owe(RecordedEvent recorded, Ledger ledger, string id, decimal size, long version)
    {
        ledger.Sizes[id] = size;
        if (version > ledger.Version)
        {
            ledger.Owed[id] = $"{recorded.Offset}: {recorded.Type} {id} without its balance";
        }
    }

    private sealed class Ledger(FoldedAccount? account)
    {
        public bool Opened { get; set; } = account?.Opened ?? false;
        public decimal Balance { get; set; } = account?.Balance ?? 0;
        public long Version { get; set; } = account?.BalanceVersion ?? 0;
        public HashSet<string> Deals { get; } = [.. account?.Deals.Keys ?? Enumerable.Empty<string>()];
        public HashSet<string> Movements { get; } = [.. account?.Movements.Keys ?? Enumerable.Empty<string>()];
        public Dictionary<string, decimal> Sizes { get; } = [];
        public Dictionary<string, string> Owed { get; } = [];
    }
}
