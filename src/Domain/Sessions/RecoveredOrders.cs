using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>The steps of orders that the broker's history tells of. It states each order as it stands by now; how it came there
/// is told by its deals.</summary>
internal sealed class RecoveredOrders
{
    private readonly Changes _changes;
    private readonly HashSet<string> _ended = [];
    private readonly Dictionary<string, PastOrder> _past;
    private readonly Dictionary<string, OrderDetails> _working;
    private readonly ILookup<string, DealExecuted> _fills;
    private readonly bool _dealsAreMissing;

    /// <param name="changes">Where to record.</param>
    /// <param name="snapshot">What the broker says.</param>
    public RecoveredOrders(Changes changes, AccountSnapshot snapshot)
    {
        _changes = changes;
        _dealsAreMissing = snapshot.Gaps.Any(gap => gap.Subject == "deals");
        _working = snapshot
            .Orders.GroupBy(order => order.Value.OrderId)
            .ToDictionary(group => group.Key, group => group.Last().Value);
        _fills = snapshot
            .Deals.Where(deal => deal.FilledVolume > 0)
            .OrderBy(deal => deal.ExecutedAtMs)
            .ThenBy(deal => deal.DealId.Length)
            .ThenBy(deal => deal.DealId, StringComparer.Ordinal)
            .ToLookup(deal => deal.OrderId);
        _past = snapshot
            .PastOrders.Where(past => past.Details.OrderId.Length > 0 && IsOurs(past.Details))
            .GroupBy(past => past.Details.OrderId)
            .ToDictionary(group => group.Key, group => group.MaxBy(past => past.Details.UpdatedAtMs)!);
    }

    /// <summary>Orders to accept, with the time of their acceptance. Not one that works and is not listed as working: it was
    /// placed after the list was made, and the news tell of it.</summary>
    public IEnumerable<(string Id, long AtMs)> Accepted =>
        _past
            .Values.Where(past => IsTold(past) || _working.ContainsKey(past.Details.OrderId))
            .Select(past => (past.Details.OrderId, past.Details.CreatedAtMs));

    /// <summary>Orders that have ended, with the time of their end.</summary>
    public IEnumerable<(string Id, long AtMs)> Ended =>
        _past.Values.Where(IsTold).Select(past => (past.Details.OrderId, past.Details.UpdatedAtMs));

    /// <summary>The list of what works is older than what is known of the order, or is going to be known.</summary>
    public bool IsAhead(string orderId) =>
        _ended.Contains(orderId) || (_past.TryGetValue(orderId, out var past) && !IsTold(past));

    /// <summary>Recorded here as ended.</summary>
    public bool IsEnded(string orderId) => _ended.Contains(orderId);

    /// <summary>Records that the order was taken, unless it is known.</summary>
    public void Accept(string orderId)
    {
        if (!_past.TryGetValue(orderId, out var past) || _changes.Book.StatusOf(orderId) != OrderStatus.Unknown)
        {
            return;
        }

        var order = past.Details.Clone();
        order.ExecutedVolume = 0;
        order.ExecutionPrice = null;
        order.UpdatedAtMs = order.CreatedAtMs > 0 ? order.CreatedAtMs : order.UpdatedAtMs;
        _changes.Add(
            new OrderAccepted
            {
                AccountId = _changes.Book.Account.Value,
                Order = order,
                Recovered = true,
                Source = past.Source,
            },
            At(order.CreatedAtMs)
        );
    }

    /// <summary>Records what a deal made of its order.</summary>
    public void Fill(DealExecuted deal)
    {
        if (deal.FilledVolume <= 0 || deal.OrderId.Length == 0)
        {
            return;
        }

        Accept(deal.OrderId);
        var known = _changes.Book.Orders.GetValueOrDefault(deal.OrderId);
        if ((_past.GetValueOrDefault(deal.OrderId)?.Details ?? known) is not { } stated)
        {
            // Nobody tells us what order that was.
            return;
        }

        var executed = Math.Max((known?.ExecutedVolume ?? 0) + deal.FilledVolume, FilledUpTo(deal));
        executed = Math.Min(executed, stated.Volume);
        var step = executed >= stated.Volume ? OrderStepKind.Filled : OrderStepKind.PartiallyFilled;
        if (OrderTransitions.Next(_changes.Book.StatusOf(deal.OrderId), step) is null)
        {
            return;
        }

        Filled(Standing(stated, known, deal, executed), deal.DealId, step, deal.ExecutedAtMs, deal.Source);
    }

    /// <summary>Records how the order ended, unless that is known.</summary>
    public void End(string orderId)
    {
        var past = _past[orderId];
        var (account, order) = (_changes.Book.Account.Value, past.Details);
        var status = _changes.Book.StatusOf(orderId);
        if (OrderTransitions.IsEnd(status) || OrderTransitions.Next(status, past.Step) is null)
        {
            return;
        }

        _ended.Add(orderId);
        switch (past.Step)
        {
            case OrderStepKind.Filled:
                // Its deals are known already, or the broker does not tell them.
                var last = _fills[orderId].LastOrDefault();
                Filled(order, last?.DealId ?? "", OrderStepKind.Filled, order.UpdatedAtMs, past.Source);
                break;
            case OrderStepKind.Cancelled:
                _changes.Add(
                    new OrderCancelled
                    {
                        AccountId = account,
                        Order = order,
                        Recovered = true,
                        Source = past.Source,
                    },
                    At(order.UpdatedAtMs)
                );
                break;
            case OrderStepKind.Expired:
                _changes.Add(
                    new OrderExpired
                    {
                        AccountId = account,
                        Order = order,
                        Recovered = true,
                        Source = past.Source,
                    },
                    At(order.UpdatedAtMs)
                );
                break;
            case OrderStepKind.Rejected:
                _changes.Add(
                    new OrderRejected
                    {
                        AccountId = account,
                        Order = order,
                        OrderId = orderId,
                        Request = OrderReports.RefusedOrder,
                        Recovered = true,
                        Source = past.Source,
                    },
                    At(order.UpdatedAtMs)
                );
                break;
        }
    }

    private void Filled(OrderDetails order, string dealId, OrderStepKind step, long atMs, BrokerMessage? source)
    {
        if (step == OrderStepKind.Filled)
        {
            _ended.Add(order.OrderId);
        }

        _changes.Add(
            new OrderFilled
            {
                AccountId = _changes.Book.Account.Value,
                Order = order,
                DealId = dealId,
                Complete = step == OrderStepKind.Filled,
                Recovered = true,
                Source = source,
            },
            At(atMs)
        );
    }

    /// <summary>The order right after a deal: as the broker states it where nothing was filled since, otherwise with what was
    /// filled by then.</summary>
    private OrderDetails Standing(OrderDetails stated, OrderDetails? known, DealExecuted deal, long executed)
    {
        if (stated.ExecutedVolume == executed && (known is null || stated.UpdatedAtMs >= known.UpdatedAtMs))
        {
            return stated;
        }

        var order = stated.Clone();
        order.ExecutedVolume = executed;
        order.ExecutionPrice = AverageUpTo(deal, executed);
        order.UpdatedAtMs = Math.Max(known?.UpdatedAtMs ?? 0, deal.ExecutedAtMs);
        return order;
    }

    /// <summary>It has ended, and the deals that are known or listed tell all that was filled. Orders are read after deals, so
    /// that otherwise the rest was filled in between and comes with the news; but for a broker that does not tell its deals.
    /// </summary>
    private bool IsTold(PastOrder past)
    {
        var (order, id) = (past.Details, past.Details.OrderId);
        var told = Math.Max(
            _fills[id].Sum(fill => fill.FilledVolume),
            _changes.Book.Orders.GetValueOrDefault(id)?.ExecutedVolume ?? 0
        );
        return past.Step != OrderStepKind.Accepted && (told >= order.ExecutedVolume || _dealsAreMissing);
    }

    private long FilledUpTo(DealExecuted deal) => UpTo(deal).Sum(fill => fill.FilledVolume);

    private DecimalValue AverageUpTo(DealExecuted deal, long executed)
    {
        var fills = UpTo(deal).ToArray();
        var volume = fills.Sum(fill => fill.FilledVolume);
        return volume == executed && fills.Length > 1
            ? decimal.Round(
                    fills.Sum(fill => fill.Price.ToDecimal() * fill.FilledVolume) / volume,
                    RecoveredPositions.AverageDecimals
                )
                .ToEvent()
            : deal.Price;
    }

    private IEnumerable<DealExecuted> UpTo(DealExecuted deal) =>
        _fills[deal.OrderId].TakeWhile(fill => fill.DealId != deal.DealId).Append(deal);

    /// <summary>What ended before the first balance was seen is not ours to record.</summary>
    private bool IsOurs(OrderDetails order)
    {
        var book = _changes.Book;
        return book.Orders.ContainsKey(order.OrderId)
            || (
                order.UpdatedAtMs >= book.OpenedAtMs
                && !_fills[order.OrderId].Any(fill => MoneyReports.IsBeforeOpening(book, fill, recovered: true))
            );
    }

    private DateTimeOffset At(long atMs) => atMs > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(atMs) : _changes.At;
}
