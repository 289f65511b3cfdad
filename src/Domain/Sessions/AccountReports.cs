using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>The account's settings: recorded when they differ from what was recorded last.</summary>
internal static class AccountReports
{
    /// <summary>Description, leverage and bonuses.</summary>
    public static void Figures(Changes changes, AccountState account)
    {
        if (account.Description.AccountId != changes.Book.Account.Value)
        {
            return;
        }

        var described = account.Description.Clone();
        described.Source = null;
        if (!described.Equals(changes.Book.Description))
        {
            described.Source = account.Description.Source ?? account.Source;
            changes.Add(described);
        }

        if (account.LeverageInCents != changes.Book.LeverageInCents)
        {
            changes.Add(
                new LeverageChanged
                {
                    AccountId = changes.Book.Account.Value,
                    LeverageInCents = account.LeverageInCents,
                    Source = account.Source,
                }
            );
        }

        Bonus(changes, account.Bonus);
    }

    /// <summary>Bonuses.</summary>
    public static void Bonus(Changes changes, BonusChanged bonus)
    {
        var known = changes.Book.Bonus;
        var same =
            bonus.ManagerBonus.ToDecimal() == known?.ManagerBonus.ToDecimal()
            && bonus.IbBonus.ToDecimal() == known.IbBonus.ToDecimal()
            && bonus.NonWithdrawableBonus.ToDecimal() == known.NonWithdrawableBonus.ToDecimal();
        // An account without any bonus, and none recorded before, has nothing to tell.
        var nothing =
            known is null
            && bonus.ManagerBonus.ToDecimal() == 0
            && bonus.IbBonus.ToDecimal() == 0
            && bonus.NonWithdrawableBonus.ToDecimal() == 0;
        if (!same && !nothing && bonus.AccountId == changes.Book.Account.Value)
        {
            changes.Add(bonus);
        }
    }

    /// <summary>What can be traded. A subscribed symbol that is no longer offered streams no more.</summary>
    public static void Symbols(Changes changes, SymbolsListed listed)
    {
        if (
            listed.AccountId != changes.Book.Account.Value
            || SymbolCatalog.Of(listed).Digest == changes.Book.Symbols.Digest
        )
        {
            return;
        }

        changes.Add(listed);
        foreach (
            var (symbol, id) in changes.State.Subscriptions.OrderBy(pair => pair.Key.Value, StringComparer.Ordinal)
        )
        {
            if (changes.Book.Symbols.Find(symbol.Value) is null)
            {
                changes.Add(new SubscriptionRemoved { Symbol = symbol.Value, SymbolId = id.Value });
            }
        }
    }
}
