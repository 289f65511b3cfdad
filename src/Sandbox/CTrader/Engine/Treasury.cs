namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Money and terms that change without a trade: cash, swap, leverage, access.</summary>
internal sealed class Treasury(Broker broker)
{
    /// <summary>Moves cash; a negative amount is a withdrawal and may not exceed the balance.</summary>
    public Refusal? Move(Account account, long amount, string? note, CashKind? kind = null)
    {
        if (amount == 0 || account.Balance + amount < 0)
        {
            return new Refusal("NOT_ENOUGH_MONEY", "The amount is zero or exceeds the balance");
        }

        account.Balance += amount;
        account.BalanceVersion++;
        var flow = new CashFlow(
            broker.NextCashFlowId(),
            kind ?? (amount > 0 ? CashKind.BalanceDeposit : CashKind.BalanceWithdraw),
            amount,
            account.Balance,
            account.BalanceVersion,
            broker.Risk.Equity(account),
            broker.Now,
            note
        );
        account.CashFlows.Add(flow);
        broker.Publish(new Execution(account, ExecutionType.DepositWithdraw) { CashFlow = flow, IsServerEvent = true });
        return null;
    }

    /// <summary>Charges one rollover to every open position of an account; swap-free accounts pay the daily fee instead.</summary>
    public void ChargeSwap(Account account, int times = 1)
    {
        foreach (var position in account.OpenPositions.ToArray())
        {
            if (account.SwapFree)
            {
                ChargeRollover(account, position, times);
                continue;
            }

            var spec = position.Symbol.Spec;
            var amount = Amounts.Swap(
                spec,
                position.Side,
                position.Units,
                Price.ToDecimal(position.Symbol.Exit(position.Side)),
                broker.Conversion.Rate(spec.Quote, account.Currency),
                times
            );
            var charged = position with { Swap = position.Swap + amount, UpdatedAt = broker.Now };
            broker.Put(account, charged);
            broker.Publish(new Execution(account, ExecutionType.Swap) { Position = charged, IsServerEvent = true });
        }
    }

    /// <summary>The rollover of a day: nothing at weekends, three times on Wednesday.</summary>
    public void Rollover(DayOfWeek day)
    {
        var times = day switch
        {
            DayOfWeek.Saturday or DayOfWeek.Sunday => 0,
            DayOfWeek.Wednesday => 3,
            _ => 1,
        };
        foreach (var account in broker.Accounts.Values.Where(_ => times > 0))
        {
            ChargeSwap(account, times);
        }
    }

    public void SetLeverage(Account account, uint leverageInCents)
    {
        account.LeverageInCents = leverageInCents;
        foreach (var position in account.OpenPositions.ToArray())
        {
            var margin = Amounts.Margin(position.Units, position.MarginRate, account.Leverage);
            var changed = position with { UsedMargin = margin };
            broker.Put(account, changed);
            broker.Publish(new MarginChanged(account, changed));
        }

        broker.Publish(new TraderUpdated(account));
        broker.Risk.Check(account);
    }

    public void SetAccess(Account account, AccessRights rights)
    {
        account.AccessRights = rights;
        broker.Publish(new TraderUpdated(account));
    }

    public void SetMarginCall(Account account, int type, decimal threshold)
    {
        var level = new MarginCallLevel(threshold, broker.Now, 0);
        account.MarginCalls[type] = level;
        account.WarnBelow = account.MarginCalls.Values.Max(c => c.Threshold);
        broker.Publish(new MarginCallUpdated(account, type, level));
    }

    private void ChargeRollover(Account account, Position position, int times)
    {
        var spec = position.Symbol.Spec;
        var dollars = (decimal)position.Volume / spec.LotSize * spec.RolloverCommission * times;
        var fee = Amounts.Minor(dollars * broker.Conversion.Rate(broker.Dollar, account.Currency));
        if (fee > 0)
        {
            Move(account, -Math.Min(fee, account.Balance), spec.Name, CashKind.BalanceWithdrawRollover);
        }
    }
}
