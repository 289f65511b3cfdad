using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.World;

/// <summary>Brings users, accounts and their first positions into the world.</summary>
internal static class Population
{
    private const long MonthMs = 30L * 24 * 3_600_000;

    public static void Settle(SandboxWorld world, IReadOnlyList<SandboxUser> users)
    {
        foreach (var user in users)
        {
            Settle(world, user);
        }
    }

    public static void Settle(SandboxWorld world, SandboxUser user)
    {
        var userId = 700_001 + world.UserNames.Count;
        world.UserNames[userId] = user.Name;
        foreach (var account in user.Accounts)
        {
            Open(world, userId, account);
        }

        world.Tokens.Issue(
            userId,
            user.MayTrade ? Scope.ScopeTrade : Scope.ScopeView,
            [.. user.Accounts.Select(a => a.Id)],
            user.AccessToken,
            user.RefreshToken
        );
    }

    private static void Open(SandboxWorld world, long userId, SandboxAccount wanted)
    {
        var broker = world.Broker;
        var account = new Account
        {
            Id = wanted.Id,
            Login = 3_000_000 + wanted.Id % 1_000_000,
            UserId = userId,
            Currency = broker.FindAsset(wanted.Currency),
            RegisteredAt = broker.Now - MonthMs,
            IsLive = wanted.IsLive,
            Type = wanted.Netted ? AccountType.Netted : AccountType.Hedged,
            SwapFree = wanted.SwapFree,
            LeverageInCents = (uint)wanted.Leverage * 100,
        };
        broker.Accounts.Add(account.Id, account);
        broker.Treasury.Move(account, Amounts.Minor(wanted.Balance), "Opening deposit");
        foreach (var position in wanted.Positions)
        {
            var symbol =
                world.Find(position.Symbol)
                ?? throw new ArgumentException($"There is no symbol {position.Symbol}.", nameof(wanted));
            var side = position.Volume > 0 ? TradeSide.Buy : TradeSide.Sell;
            var order = new NewOrder(symbol.Symbol.Spec.Id, OrderType.Market, side, Math.Abs(position.Volume))
            {
                RelativeStopLoss = position.RelativeStopLoss,
                RelativeTakeProfit = position.RelativeTakeProfit,
                Label = "demo",
            };
            if (broker.Orders.Place(account, order, requestId: null) is { } refusal)
            {
                throw new ArgumentException($"{position.Symbol}: {refusal.Code} {refusal.Description}", nameof(wanted));
            }
        }
    }
}
