using Google.Protobuf;
using Trading.Brokers.CTrader.Connection;
using Trading.Brokers.CTrader.Mapping;
using Trading.Brokers.CTrader.Wire;
using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Session;

/// <summary>Reads what happened while nobody listened: deals, orders and cash movements. Repeats are dropped by id. What the
/// broker will not tell, or not tell whole, is a gap and no reason to stay away.</summary>
internal sealed class HistoryReader(Inquirer inquirer, long accountId, TimeProvider clock)
{
    private const string Orders = "orders";
    private const int OrderField = 3;

    // An order that moved while nobody listened is in the list; this is for a broker whose list is shorter than that.
    private const int MostSingleOrders = 50;

    private readonly List<HistoryGap> _gaps = [];

    /// <summary>What could not be read.</summary>
    public IReadOnlyList<HistoryGap> Gaps => _gaps;

    /// <summary>Deals of a stretch, oldest first; null when the inquirer met a failure.</summary>
    public async Task<IReadOnlyList<DealExecuted>?> DealsAsync(
        long fromMs,
        long toMs,
        SymbolDirectory symbols,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<long, DealExecuted>();
        var whole = await new HistoryPages(inquirer, "deals", _gaps).ReadAsync<ProtoOADealListRes>(
            fromMs,
            toMs,
            (from, to) =>
                new ProtoOADealListReq
                {
                    CtidTraderAccountId = accountId,
                    FromTimestamp = from,
                    ToTimestamp = to,
                },
            page => page.HasMore,
            bytes =>
            {
                var deal = ProtoOADeal.Parser.ParseFrom(bytes.Span);
                var isNew = !found.ContainsKey(deal.DealId);
                var source = SourceOf(ProtoOADeal.Descriptor.Name, bytes);
                found[deal.DealId] = deal.ToExecuted(symbols, accountId.ToString(), recovered: true, source);
                return (deal.ExecutionTimestamp, isNew);
            },
            cancellation
        );
        return whole
            ? [.. found.OrderBy(pair => pair.Value.ExecutedAtMs).ThenBy(pair => pair.Key).Select(pair => pair.Value)]
            : null;
    }

    /// <summary>Orders touched in a stretch, as they stand by now, oldest first; null when the inquirer met a failure.
    /// </summary>
    /// <param name="fromMs">Beginning of the stretch.</param>
    /// <param name="toMs">Its end.</param>
    /// <param name="dealt">Deals whose orders must not be missing.</param>
    /// <param name="symbols">Names of the symbols.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<IReadOnlyList<PastOrder>?> OrdersAsync(
        long fromMs,
        long toMs,
        IEnumerable<DealExecuted> dealt,
        SymbolDirectory symbols,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<long, PastOrder>();
        var whole = await new HistoryPages(inquirer, Orders, _gaps).ReadAsync<ProtoOAOrderListRes>(
            fromMs,
            toMs,
            (from, to) =>
                new ProtoOAOrderListReq
                {
                    CtidTraderAccountId = accountId,
                    FromTimestamp = from,
                    ToTimestamp = to,
                },
            page => page.HasMore,
            bytes =>
            {
                var order = ProtoOAOrder.Parser.ParseFrom(bytes.Span);
                // Of two sights of an order the newer one counts: it may move while its pages are read.
                var isNew = !found.TryGetValue(order.OrderId, out var seen);
                if (isNew || seen!.Details.UpdatedAtMs <= order.UtcLastUpdateTimestamp)
                {
                    found[order.OrderId] = Past(order, bytes, symbols);
                }

                return (order.UtcLastUpdateTimestamp, isNew);
            },
            cancellation
        );
        return whole && await AddSingleOrdersAsync(found, dealt, symbols, cancellation)
            ?
            [
                .. found
                    .OrderBy(pair => pair.Value.Details.UpdatedAtMs)
                    .ThenBy(pair => pair.Key)
                    .Select(pair => pair.Value),
            ]
            : null;
    }

    /// <summary>Deposits and withdrawals of a stretch, oldest first; null when the inquirer met a failure.</summary>
    public async Task<IReadOnlyList<CashMovement>?> CashMovementsAsync(
        long fromMs,
        long toMs,
        CancellationToken cancellation
    )
    {
        var found = new Dictionary<long, CashMovement>();
        var whole = await new HistoryPages(inquirer, "cash_movements", _gaps).ReadAsync<ProtoOACashFlowHistoryListRes>(
            fromMs,
            toMs,
            (from, to) =>
                new ProtoOACashFlowHistoryListReq
                {
                    CtidTraderAccountId = accountId,
                    FromTimestamp = from,
                    ToTimestamp = to,
                },
            _ => false,
            bytes =>
            {
                var movement = ProtoOADepositWithdraw.Parser.ParseFrom(bytes.Span);
                var source = SourceOf(ProtoOADepositWithdraw.Descriptor.Name, bytes);
                found[movement.BalanceHistoryId] = movement.ToMovement(source, clock.GetUtcNow());
                return (movement.ChangeBalanceTimestamp, true);
            },
            cancellation
        );
        return whole
            ? [.. found.OrderBy(pair => pair.Value.At).ThenBy(pair => pair.Key).Select(pair => pair.Value)]
            : null;
    }

    private async Task<bool> AddSingleOrdersAsync(
        Dictionary<long, PastOrder> found,
        IEnumerable<DealExecuted> dealt,
        SymbolDirectory symbols,
        CancellationToken cancellation
    )
    {
        // A broker that lists none tells none either; one that listed a part only may tell the rest.
        if (_gaps.Exists(gap => gap is { Subject: Orders, Code: not HistoryPages.TooManyRows }))
        {
            return true;
        }

        var missing = dealt.Where(deal => !found.ContainsKey(OrderOf(deal))).DistinctBy(OrderOf).ToArray();
        var asked = missing.TakeLast(MostSingleOrders).ToArray();
        var untold = missing[..^asked.Length]
            .Select(deal =>
                (deal.ExecutedAtMs, Code: HistoryPages.TooManyRows, Detail: "More than are asked one by one.")
            )
            .ToList();
        foreach (var deal in asked)
        {
            var (reply, error) = await inquirer.TryAskAsync<ProtoOAOrderDetailsRes>(
                new ProtoOAOrderDetailsReq { CtidTraderAccountId = accountId, OrderId = OrderOf(deal) },
                cancellation
            );
            if (reply?.Message.Order is { } order)
            {
                found[OrderOf(deal)] = Past(order, WireFields.Embedded(reply.Bytes, OrderField).First(), symbols);
            }
            else if (error?.Reaction is ErrorReaction.AuthoriseAccount or ErrorReaction.Reconnect)
            {
                inquirer.Fail(error);
                return false;
            }
            else
            {
                untold.Add((deal.ExecutedAtMs, error?.Code ?? BrokerError.MalformedCode, error?.Sentence ?? ""));
            }
        }

        _gaps.AddRange(
            untold
                .GroupBy(one => one.Code)
                .Select(group => new HistoryGap(
                    Orders,
                    group.Min(one => one.ExecutedAtMs),
                    group.Max(one => one.ExecutedAtMs),
                    group.Key,
                    $"The orders of {group.Count()} deals are not told. {group.Last().Detail}".TrimEnd()
                ))
        );
        return true;
    }

    private static long OrderOf(DealExecuted deal) => long.TryParse(deal.OrderId, out var id) ? id : 0;

    private static PastOrder Past(ProtoOAOrder order, ReadOnlyMemory<byte> bytes, SymbolDirectory symbols) =>
        new(
            order.ToDetails(symbols),
            order.OrderStatus switch
            {
                ProtoOAOrderStatus.OrderStatusFilled => OrderStepKind.Filled,
                ProtoOAOrderStatus.OrderStatusRejected => OrderStepKind.Rejected,
                ProtoOAOrderStatus.OrderStatusExpired => OrderStepKind.Expired,
                ProtoOAOrderStatus.OrderStatusCancelled => OrderStepKind.Cancelled,
                _ => OrderStepKind.Accepted,
            },
            SourceOf(ProtoOAOrder.Descriptor.Name, bytes)
        );

    private static BrokerMessage SourceOf(string type, ReadOnlyMemory<byte> bytes) =>
        EventMapping.Source(type, ByteString.CopyFrom(bytes.Span));
}
