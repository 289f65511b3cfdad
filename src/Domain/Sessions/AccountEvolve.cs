using Google.Protobuf;
using Trading.Domain.Events;

namespace Trading.Domain.Sessions;

/// <summary>Folds what happened to an account into its book.</summary>
internal static class AccountEvolve
{
    /// <summary>The account an event speaks of, or an empty string when it speaks of none.</summary>
    public static string AccountOf(IMessage payload) =>
        payload switch
        {
            AccountDescribed e => e.AccountId,
            BalanceChanged e => e.AccountId,
            LeverageChanged e => e.AccountId,
            BonusChanged e => e.AccountId,
            MarginChanged e => e.AccountId,
            FundsDeposited e => e.AccountId,
            FundsWithdrawn e => e.AccountId,
            SwapCharged e => e.AccountId,
            PositionOpened e => e.AccountId,
            PositionChanged e => e.AccountId,
            PositionClosed e => e.AccountId,
            OrderAccepted e => e.AccountId,
            OrderAmended e => e.AccountId,
            OrderFilled e => e.AccountId,
            OrderCancelled e => e.AccountId,
            OrderExpired e => e.AccountId,
            OrderRejected e => e.AccountId,
            DealExecuted e => e.AccountId,
            SymbolsListed e => e.AccountId,
            DifferenceReconciled e => e.AccountId,
            HistoryIncomplete e => e.AccountId,
            _ => "",
        };

    /// <summary>The state after an event of this account.</summary>
    public static SessionState Apply(SessionState state, string accountId, IMessage payload, DateTimeOffset at)
    {
        if (state.Book is { } book && book.Account.Value == accountId)
        {
            return state with { Book = Apply(book, payload, at.ToUnixTimeMilliseconds()) };
        }

        var account = new AccountId(accountId);
        return state.Shelf.TryGetValue(account, out var shelved)
            ? state with
            {
                Shelf = state.Shelf.SetItem(account, Apply(shelved, payload, at.ToUnixTimeMilliseconds())),
            }
            : state;
    }

    /// <summary>Identifies a refusal, which the broker does not number.</summary>
    public static string RefusalKey(OrderRejected refusal, long atMs) =>
        $"{atMs}/{refusal.OrderId}/{refusal.Request}/{refusal.Code}";

    private static AccountBook Apply(AccountBook book, IMessage payload, long atMs) =>
        payload switch
        {
            AccountDescribed described => book with { Description = Bare(described) },
            SymbolsListed listed => book with { Symbols = SymbolCatalog.Of(listed) },
            BalanceChanged balance => (
                balance.Cause == BalanceCause.Opening
                    ? book with
                    {
                        Opened = true,
                        OpenedAtMs = atMs,
                        OpenedVersion = balance.BalanceVersion,
                    }
                    : book
            ) with
            {
                Balance = balance.Balance.ToDecimal(),
                BalanceVersion = balance.BalanceVersion == 0 ? book.BalanceVersion : balance.BalanceVersion,
                BalanceAtMs = atMs,
            },
            LeverageChanged leverage => book with { LeverageInCents = leverage.LeverageInCents },
            BonusChanged bonus => book with { Bonus = Bare(bonus) },
            FundsDeposited funds => Seen(book with { Movements = book.Movements.With(funds.MovementId, atMs) }, atMs),
            FundsWithdrawn funds => Seen(book with { Movements = book.Movements.With(funds.MovementId, atMs) }, atMs),
            DealExecuted deal => Seen(book with { Deals = book.Deals.With(deal.DealId, atMs) }, atMs),
            SessionConnected => Seen(book, atMs),
            MarginChanged margin => Touch(book, margin.PositionId, p => p.UsedMargin = margin.UsedMargin),
            SwapCharged swap => Touch(book, swap.PositionId, p => p.Swap = swap.Swap),
            PositionOpened opened => Put(book, opened.Position),
            PositionChanged changed => Put(book, changed.Position),
            PositionClosed closed => book with
            {
                Positions = book.Positions.Remove(closed.PositionId),
                ClosedPositions = book.ClosedPositions.With(closed.PositionId, atMs),
            },
            OrderAccepted accepted => Seen(Put(book, accepted.Order), atMs),
            OrderAmended amended => Seen(Put(book, amended.Order), atMs),
            OrderFilled { Complete: true } filled => End(book, filled.Order, OrderStatus.Filled, atMs),
            OrderFilled filled => book.EndedOrders.Contains(filled.Order.OrderId) ? book : Put(book, filled.Order),
            OrderCancelled cancelled => End(book, cancelled.Order, OrderStatus.Cancelled, atMs),
            OrderExpired expired => End(book, expired.Order, OrderStatus.Expired, atMs),
            OrderRejected rejected => Reject(book, rejected, atMs),
            _ => book,
        };

    private static AccountBook Seen(AccountBook book, long atMs) =>
        atMs > book.WatermarkMs ? book with { WatermarkMs = atMs } : book;

    private static AccountBook Put(AccountBook book, PositionDetails position) =>
        book with
        {
            Positions = book.Positions.SetItem(position.PositionId, position),
        };

    private static AccountBook Put(AccountBook book, OrderDetails order) =>
        book with
        {
            Orders = book.Orders.SetItem(order.OrderId, order),
        };

    private static AccountBook Touch(AccountBook book, string positionId, Action<PositionDetails> change)
    {
        if (!book.Positions.TryGetValue(positionId, out var known))
        {
            return book;
        }

        var touched = known.Clone();
        change(touched);
        return Put(book, touched);
    }

    private static AccountBook End(AccountBook book, OrderDetails order, OrderStatus status, long atMs) =>
        Seen(
            book with
            {
                Orders = book.Orders.Remove(order.OrderId),
                EndedOrders = book.EndedOrders.With(order.OrderId, atMs, (int)status),
            },
            atMs
        );

    private static AccountBook Reject(AccountBook book, OrderRejected rejected, long atMs)
    {
        var noted = book with { Refusals = book.Refusals.With(RefusalKey(rejected, atMs), atMs) };
        return rejected is { Order: { } order, Request: OrderReports.RefusedOrder }
            ? End(noted, order, OrderStatus.Rejected, atMs)
            : noted;
    }

    private static AccountDescribed Bare(AccountDescribed described)
    {
        var bare = described.Clone();
        bare.Source = null;
        return bare;
    }

    private static BonusChanged Bare(BonusChanged bonus)
    {
        var bare = bonus.Clone();
        bare.Source = null;
        return bare;
    }
}
