using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Bars, ticks, deals, orders and cash of the past; counted by the history rate limit.</summary>
internal static class HistoryRequests
{
    private const long MaxTime = 2_147_483_646_000;
    private const long Week = 604_800_000;
    private const int MaxBars = 14_000;
    private const int MaxRows = 1_000;

    public static void Register(Routes routes)
    {
        routes.OnAccount<ProtoOAGetTrendbarsReq>(r => r.CtidTraderAccountId, Bars, history: true);
        routes.OnAccount<ProtoOAGetTickDataReq>(r => r.CtidTraderAccountId, Ticks, history: true);
        routes.OnAccount<ProtoOADealListReq>(r => r.CtidTraderAccountId, Deals, history: true);
        routes.OnAccount<ProtoOADealListByPositionIdReq>(r => r.CtidTraderAccountId, DealsOfPosition, history: true);
        routes.OnAccount<ProtoOADealOffsetListReq>(r => r.CtidTraderAccountId, Offsets);
        routes.OnAccount<ProtoOAOrderListReq>(r => r.CtidTraderAccountId, Orders, history: true);
        routes.OnAccount<ProtoOAOrderListByPositionIdReq>(r => r.CtidTraderAccountId, OrdersOfPosition, history: true);
        routes.OnAccount<ProtoOAOrderDetailsReq>(r => r.CtidTraderAccountId, OrderDetails);
        routes.OnAccount<ProtoOACashFlowHistoryListReq>(r => r.CtidTraderAccountId, CashFlows, history: true);
    }

    private static Refusal? Bars(RequestContext context, AccountSession session, ProtoOAGetTrendbarsReq r)
    {
        if (context.World.Find(r.SymbolId) is not { } instrument)
        {
            return new Refusal("UNKNOWN_SYMBOL", $"Symbol not found with id {r.SymbolId}");
        }

        if (!Enum.IsDefined(r.Period))
        {
            return Refusal.Invalid($"Period {r.Period} is not known");
        }

        var to = r.HasToTimestamp ? r.ToTimestamp : context.Now;
        var from = r.HasFromTimestamp ? r.FromTimestamp : 0;
        if (Refuse(from, to, long.MaxValue) is { } refusal)
        {
            return refusal;
        }

        // With a count the beginning of the window does not bound the answer: it counts back from the end.
        var limit = r.HasCount && r.Count > 0 ? (int)Math.Min(r.Count, MaxBars) : MaxBars;
        var (bars, hasMore) = instrument.Bars.Window(r.Period, r.HasCount ? 0 : from, to, limit);
        var answer = new ProtoOAGetTrendbarsRes
        {
            CtidTraderAccountId = session.Account.Id,
            Period = r.Period,
#pragma warning disable CS0612 // Deprecated, but the real server fills it and clients rely on that.
            Timestamp = to,
#pragma warning restore CS0612
            SymbolId = r.SymbolId,
            HasMore = hasMore,
        };
        answer.Trendbar.AddRange(
            bars.Select(b => new ProtoOATrendbar
            {
                Volume = b.Volume,
                Low = b.Low,
                DeltaOpen = (ulong)(b.Open - b.Low),
                DeltaClose = (ulong)(b.Close - b.Low),
                DeltaHigh = (ulong)(b.High - b.Low),
                UtcTimestampInMinutes = (uint)(b.OpenTime / 60_000),
            })
        );
        return context.Reply(answer);
    }

    private static Refusal? Ticks(RequestContext context, AccountSession session, ProtoOAGetTickDataReq r)
    {
        if (context.World.Find(r.SymbolId) is not { } instrument)
        {
            return new Refusal("SYMBOL_NOT_FOUND", $"Symbol not found with id {r.SymbolId}");
        }

        if (!Enum.IsDefined(r.Type))
        {
            return Refusal.Invalid($"Quote type {r.Type} is not known");
        }

        var to = r.HasToTimestamp ? r.ToTimestamp : context.Now;
        var from = r.HasFromTimestamp ? r.FromTimestamp : Math.Max(0, to - Week);
        if (Refuse(from, to, Week) is { } refusal)
        {
            return refusal;
        }

        var (ticks, hasMore) = instrument.Ticks.Window(from, to);
        var answer = new ProtoOAGetTickDataRes { CtidTraderAccountId = session.Account.Id, HasMore = hasMore };
        var (time, price) = (0L, 0L);
        foreach (var tick in ticks)
        {
            var side = r.Type == ProtoOAQuoteType.Bid ? tick.Bid : tick.Ask;
            answer.TickData.Add(new ProtoOATickData { Timestamp = tick.Time - time, Tick = side - price });
            (time, price) = (tick.Time, side);
        }

        return context.Reply(answer);
    }

    private static Refusal? Deals(RequestContext context, AccountSession session, ProtoOADealListReq r)
    {
        var (from, to) = Window(context, r.HasFromTimestamp, r.FromTimestamp, r.HasToTimestamp, r.ToTimestamp);
        if (Refuse(from, to, Week) is { } refusal)
        {
            return refusal;
        }

        var deals = session.Account.Deals.Where(d => d.ExecutedAt >= from && d.ExecutedAt <= to);
        var rows = r.HasMaxRows && r.MaxRows > 0 ? Math.Min(r.MaxRows, MaxRows) : MaxRows;
        var (page, hasMore) = Page(deals.Reverse(), rows);
        var answer = new ProtoOADealListRes { CtidTraderAccountId = session.Account.Id, HasMore = hasMore };
        answer.Deal.AddRange(page.Select(TradeMessages.Of));
        return context.Reply(answer);
    }

    private static Refusal? DealsOfPosition(
        RequestContext context,
        AccountSession session,
        ProtoOADealListByPositionIdReq r
    )
    {
        var (from, to) = Window(context, r.HasFromTimestamp, r.FromTimestamp, r.HasToTimestamp, r.ToTimestamp, from: 0);
        if (Refuse(from, to, long.MaxValue) is { } refusal)
        {
            return refusal;
        }

        var deals = session.Account.Deals.Where(d =>
            d.PositionId == r.PositionId && d.ExecutedAt >= from && d.ExecutedAt <= to
        );
        var (page, hasMore) = Page(deals.Reverse(), MaxRows);
        var answer = new ProtoOADealListByPositionIdRes { CtidTraderAccountId = session.Account.Id, HasMore = hasMore };
        answer.Deal.AddRange(page.Select(TradeMessages.Of));
        return context.Reply(answer);
    }

    private static Refusal? Offsets(RequestContext context, AccountSession session, ProtoOADealOffsetListReq r)
    {
        if (session.Account.Deals.TrueForAll(d => d.Id != r.DealId))
        {
            return new Refusal("ENTITY_NOT_FOUND", $"Deal not found with id {r.DealId}");
        }

        var answer = new ProtoOADealOffsetListRes { CtidTraderAccountId = session.Account.Id };
        foreach (var offset in session.Account.Offsets)
        {
            if (offset.Opening.Id == r.DealId)
            {
                answer.OffsetBy.Add(Half(offset.Closing, offset.Volume));
            }
            else if (offset.Closing.Id == r.DealId)
            {
                answer.Offsetting.Add(Half(offset.Opening, offset.Volume));
            }
        }

        return context.Reply(answer);

        static ProtoOADealOffset Half(Deal deal, long volume) =>
            new()
            {
                DealId = deal.Id,
                Volume = volume,
                ExecutionTimestamp = deal.ExecutedAt,
                ExecutionPrice = (double)deal.Price,
            };
    }

    private static Refusal? Orders(RequestContext context, AccountSession session, ProtoOAOrderListReq r)
    {
        var (from, to) = Window(context, r.HasFromTimestamp, r.FromTimestamp, r.HasToTimestamp, r.ToTimestamp);
        if (Refuse(from, to, Week) is { } refusal)
        {
            return refusal;
        }

        var (page, hasMore) = Page(Newest(session.Account, o => o.UpdatedAt >= from && o.UpdatedAt <= to), MaxRows);
        var answer = new ProtoOAOrderListRes { CtidTraderAccountId = session.Account.Id, HasMore = hasMore };
        answer.Order.AddRange(page.Select(TradeMessages.Of));
        return context.Reply(answer);
    }

    private static Refusal? OrdersOfPosition(
        RequestContext context,
        AccountSession session,
        ProtoOAOrderListByPositionIdReq r
    )
    {
        var (from, to) = Window(context, r.HasFromTimestamp, r.FromTimestamp, r.HasToTimestamp, r.ToTimestamp, from: 0);
        if (Refuse(from, to, long.MaxValue) is { } refusal)
        {
            return refusal;
        }

        var orders = Newest(
            session.Account,
            o => o.PositionId == r.PositionId && o.UpdatedAt >= from && o.UpdatedAt <= to
        );
        var (page, hasMore) = Page(orders, MaxRows);
        var answer = new ProtoOAOrderListByPositionIdRes
        {
            CtidTraderAccountId = session.Account.Id,
            HasMore = hasMore,
        };
        answer.Order.AddRange(page.Select(TradeMessages.Of));
        return context.Reply(answer);
    }

    private static Refusal? OrderDetails(RequestContext context, AccountSession session, ProtoOAOrderDetailsReq r)
    {
        if (!session.Account.Orders.TryGetValue(r.OrderId, out var order))
        {
            return Refusal.NoOrder(r.OrderId);
        }

        var answer = new ProtoOAOrderDetailsRes
        {
            CtidTraderAccountId = session.Account.Id,
            Order = TradeMessages.Of(order),
        };
        answer.Deal.AddRange(session.Account.Deals.Where(d => d.OrderId == order.Id).Select(TradeMessages.Of));
        return context.Reply(answer);
    }

    private static Refusal? CashFlows(RequestContext context, AccountSession session, ProtoOACashFlowHistoryListReq r)
    {
        if (Refuse(r.FromTimestamp, r.ToTimestamp, Week) is { } refusal)
        {
            return refusal;
        }

        var answer = new ProtoOACashFlowHistoryListRes { CtidTraderAccountId = session.Account.Id };
        answer.DepositWithdraw.AddRange(
            session
                .Account.CashFlows.Where(c => c.Time >= r.FromTimestamp && c.Time <= r.ToTimestamp)
                .Select(TradeMessages.Of)
        );
        return context.Reply(answer);
    }

    private static (long From, long To) Window(
        RequestContext context,
        bool hasFrom,
        long givenFrom,
        bool hasTo,
        long givenTo,
        long? from = null
    )
    {
        var to = hasTo ? givenTo : context.Now;
        return (hasFrom ? givenFrom : from ?? Math.Max(0, to - Week), to);
    }

    private static Refusal? Refuse(long from, long to, long longest) =>
        from < 0 || to > MaxTime || from >= to ? new Refusal("INCORRECT_BOUNDARIES", "The window is not a window")
        : to - from > longest ? new Refusal("INCORRECT_BOUNDARIES", $"The window must not exceed {longest} ms")
        : null;

    private static IEnumerable<Order> Newest(Account account, Func<Order, bool> which) =>
        account.Orders.Values.Where(which).OrderByDescending(o => o.UpdatedAt).ThenByDescending(o => o.Id);

    private static (IReadOnlyList<T> Rows, bool HasMore) Page<T>(IEnumerable<T> rows, int limit)
    {
        var page = rows.Take(limit + 1).ToList();
        var hasMore = page.Count > limit;
        return (hasMore ? page[..limit] : page, hasMore);
    }
}
