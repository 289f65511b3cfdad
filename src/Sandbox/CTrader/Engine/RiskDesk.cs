namespace Trading.Sandbox.CTrader.Engine;

/// <summary>Equity, margin and what follows when they do not suffice.</summary>
internal sealed class RiskDesk(Broker broker)
{
    private const long MarginCallPause = 600_000;

    /// <summary>Price result of a position if closed now, in minor units.</summary>
    public long Gross(Account account, Position position) =>
        Amounts.Gross(
            position.EntryPrice,
            Price.ToDecimal(position.Symbol.Exit(position.Side)),
            position.Units,
            position.Direction,
            broker.Conversion.Rate(position.Symbol.Spec.Quote, account.Currency)
        );

    public long Net(Account account, Position position) =>
        Gross(account, position) + position.Swap + position.Commission;

    public long Equity(Account account) => account.Balance + account.OpenPositions.Sum(p => Net(account, p));

    /// <summary>Margin in use under the account's rule for both sides of a symbol.</summary>
    public static long UsedMargin(Account account) => UsedMargin(account.MarginRule, account.OpenPositions);

    /// <summary>Margin level in percent; null without used margin.</summary>
    public decimal? MarginLevel(Account account)
    {
        var used = UsedMargin(account);
        return used == 0 ? null : (decimal)Equity(account) / used * 100m;
    }

    /// <summary>Margin that this much more would use on its own.</summary>
    public long MarginFor(Account account, Symbol symbol, long volume) =>
        Amounts.Margin(volume / 100m, broker.Conversion.Rate(symbol.Spec.Base, account.Currency), account.Leverage);

    public bool CanOpen(Account account, Symbol symbol, TradeSide side, long volume)
    {
        var added = new Position
        {
            Id = 0,
            Symbol = symbol,
            Side = side,
            OpenTime = 0,
            UsedMargin = MarginFor(account, symbol, volume),
        };
        return Equity(account) >= UsedMargin(account.MarginRule, account.OpenPositions.Append(added));
    }

    /// <summary>Closes positions by force and sends margin calls where the level asks for it.</summary>
    public void Check(Account account)
    {
        var threshold = Math.Max(broker.Rules.StopOutLevel, account.WarnBelow);
        if (account.Positions.Count == 0 || !MayBeBelow(account, (double)threshold * 1.01))
        {
            return;
        }

        while (MarginLevel(account) <= broker.Rules.StopOutLevel)
        {
            broker.Fills.CloseByForce(account, Victim(account));
        }

        Warn(account);
    }

    /// <summary>
    /// A quick estimate in floating point that decides nothing: it only spares the exact sum on the many quotes that leave
    /// an account far from danger.
    /// </summary>
    private bool MayBeBelow(Account account, double level)
    {
        double equity = account.Balance;
        double used = 0;
        foreach (var position in account.Positions.Values)
        {
            if (position.Status != PositionStatus.PositionStatusOpen)
            {
                continue;
            }

            var rate =
                position.Symbol.Spec.Quote == account.Currency
                    ? 1d
                    : (double)broker.Conversion.Rate(position.Symbol.Spec.Quote, account.Currency);
            var move = position.Symbol.Exit(position.Side) / (double)Price.Scale - (double)position.EntryPrice;
            equity += move * position.Volume * position.Direction * rate + position.Swap + position.Commission;
            used += position.UsedMargin;
        }

        return used > 0 && equity / used * 100d <= level;
    }

    private Position Victim(Account account) =>
        account.StopOutStrategy == StopOutStrategy.MostLosingFirst
            ? account.OpenPositions.OrderBy(p => Net(account, p)).ThenBy(p => p.Id).First()
            : account.OpenPositions.OrderByDescending(p => p.UsedMargin).ThenBy(p => p.Id).First();

    private void Warn(Account account)
    {
        if (MarginLevel(account) is not { } level)
        {
            return;
        }

        foreach (var (type, call) in account.MarginCalls.ToArray())
        {
            if (level <= call.Threshold && broker.Now - call.TriggeredAt >= MarginCallPause)
            {
                var triggered = call with { TriggeredAt = broker.Now };
                account.MarginCalls[type] = triggered;
                broker.Publish(new MarginCallTriggered(account, type, triggered));
            }
        }
    }

    private static long UsedMargin(MarginRule rule, IEnumerable<Position> positions) =>
        positions
            .GroupBy(p => p.Symbol.Spec.Id)
            .Sum(symbol =>
            {
                var buys = symbol.Where(p => p.Side == TradeSide.Buy).Sum(p => p.UsedMargin);
                var sells = symbol.Where(p => p.Side == TradeSide.Sell).Sum(p => p.UsedMargin);
                return rule switch
                {
                    MarginRule.Sum => buys + sells,
                    MarginRule.Net => Math.Abs(buys - sells),
                    _ => Math.Max(buys, sells),
                };
            });
}
