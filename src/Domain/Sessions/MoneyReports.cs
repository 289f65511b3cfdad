using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>What moves the cash balance. Every change is one <see cref="BalanceChanged"/> whose delta leads from the balance
/// before to the balance after, in the order of the broker's balance version; what no record explains is a correction.
/// </summary>
internal static class MoneyReports
{
    /// <summary>Records a deal once, and the balance it moved. False when it was known.</summary>
    public static bool Deal(Changes changes, DealExecuted deal, bool recovered)
    {
        if (!IsNew(changes.Book, deal, recovered))
        {
            return false;
        }

        var at = deal.ExecutedAtMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(deal.ExecutedAtMs) : changes.At;
        var recorded = deal;
        if (deal.Recovered != recovered)
        {
            recorded = deal.Clone();
            recorded.Recovered = recovered;
        }

        changes.Add(recorded, at);
        if (deal.Closed is { } closed)
        {
            var result =
                closed.GrossProfit.ToDecimal()
                + closed.Swap.ToDecimal()
                + closed.Commission.ToDecimal()
                + closed.ConversionFee.ToDecimal();
            Balance(
                changes,
                new(BalanceCause.Deal, deal.DealId, closed.Balance, closed.BalanceVersion, result, at, deal.Source)
            );
        }

        return true;
    }

    /// <summary>The deal is this account's and was not recorded before, as far as is remembered.</summary>
    public static bool IsNew(AccountBook book, DealExecuted deal, bool recovered) =>
        deal.AccountId == book.Account.Value
        && deal.DealId.Length > 0
        && !book.Deals.Contains(deal.DealId)
        && !IsBeforeOpening(book, deal, recovered);

    /// <summary>The first balance contains the deal already.</summary>
    public static bool IsBeforeOpening(AccountBook book, DealExecuted deal, bool recovered) =>
        BeforeOpening(book, deal.Closed?.BalanceVersion ?? 0, recovered ? deal.ExecutedAtMs : null);

    /// <summary>Records a cash movement once, and the balance it moved.</summary>
    public static void Move(Changes changes, CashMovement movement, bool recovered)
    {
        var delta = movement.Delta.ToDecimal();
        if (
            movement.MovementId.Length == 0
            || changes.Book.Movements.Contains(movement.MovementId)
            || delta == 0
            || BeforeOpening(
                changes.Book,
                movement.BalanceVersion,
                recovered ? movement.At.ToUnixTimeMilliseconds() : null
            )
        )
        {
            return;
        }

        if (delta > 0)
        {
            changes.Add(
                new FundsDeposited
                {
                    AccountId = changes.Book.Account.Value,
                    MovementId = movement.MovementId,
                    Operation = movement.Operation,
                    Amount = delta.ToEvent(),
                    Balance = movement.Balance,
                    BalanceVersion = movement.BalanceVersion,
                    Note = movement.Note,
                    Source = movement.Source,
                },
                movement.At
            );
        }
        else
        {
            changes.Add(
                new FundsWithdrawn
                {
                    AccountId = changes.Book.Account.Value,
                    MovementId = movement.MovementId,
                    Operation = movement.Operation,
                    Amount = (-delta).ToEvent(),
                    Balance = movement.Balance,
                    BalanceVersion = movement.BalanceVersion,
                    Note = movement.Note,
                    Source = movement.Source,
                },
                movement.At
            );
        }

        Balance(
            changes,
            new(
                delta > 0 ? BalanceCause.Deposit : BalanceCause.Withdrawal,
                movement.MovementId,
                movement.Balance,
                movement.BalanceVersion,
                delta,
                movement.At,
                movement.Source
            )
        );
    }

    /// <summary>The first balance ever seen.</summary>
    public static void Open(Changes changes, AccountState account) =>
        changes.Add(
            new BalanceChanged
            {
                AccountId = changes.Book.Account.Value,
                Balance = account.Balance,
                Delta = account.Balance,
                BalanceVersion = account.BalanceVersion,
                Cause = BalanceCause.Opening,
                Source = account.Source,
            }
        );

    /// <summary>Follows the broker where its balance is not ours and no deal or movement says why. False when nothing
    /// differs.</summary>
    public static bool Correct(Changes changes, AccountState account)
    {
        var observed = account.Balance.ToDecimal();
        var stale = account.BalanceVersion != 0 && account.BalanceVersion < changes.Book.BalanceVersion;
        if (stale || observed == changes.Book.Balance || account.Description.AccountId != changes.Book.Account.Value)
        {
            return false;
        }

        Add(changes, BalanceCause.Correction, "", observed, account.BalanceVersion, changes.At, account.Source);
        return true;
    }

    /// <summary>By the broker's counter where there is one. By time only for what is read from history: what is told live is
    /// news, whatever the clocks say.</summary>
    private static bool BeforeOpening(AccountBook book, long version, long? atMs) =>
        version > 0 && book.OpenedVersion > 0 ? version <= book.OpenedVersion : atMs < book.OpenedAtMs;

    private static void Balance(Changes changes, Movement movement)
    {
        var book = changes.Book;
        var after = movement.Balance.ToDecimal();
        var old =
            movement.Version == 0
                ? movement.At.ToUnixTimeMilliseconds() < book.BalanceAtMs
                : movement.Version <= book.BalanceVersion;
        if (old)
        {
            return;
        }

        // A hole in the broker's counter: something moved the balance that we have not seen. It is booked by itself, so
        // that this movement keeps its true size.
        var before = after - movement.Result;
        if (movement.Version > book.BalanceVersion + 1 && book.BalanceVersion > 0 && before != book.Balance)
        {
            Add(changes, BalanceCause.Correction, "", before, movement.Version - 1, movement.At, movement.Source);
        }

        Add(changes, movement.Cause, movement.CauseId, after, movement.Version, movement.At, movement.Source);
    }

    private static void Add(
        Changes changes,
        BalanceCause cause,
        string causeId,
        decimal balance,
        long version,
        DateTimeOffset at,
        BrokerMessage? source
    ) =>
        changes.Add(
            new BalanceChanged
            {
                AccountId = changes.Book.Account.Value,
                Balance = balance.ToEvent(),
                Delta = (balance - changes.Book.Balance).ToEvent(),
                BalanceVersion = version,
                Cause = cause,
                CauseId = causeId,
                Source = source,
            },
            at
        );

    private readonly record struct Movement(
        BalanceCause Cause,
        string CauseId,
        DecimalValue Balance,
        long Version,
        decimal Result,
        DateTimeOffset At,
        BrokerMessage? Source
    );
}
