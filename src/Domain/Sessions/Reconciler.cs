using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.Domain.Sessions;

/// <summary>Brings the state to what the broker says on connecting. Pure: state and snapshot in, events out; the same
/// snapshot again gives none, but that its gaps are told again. What a deal or a cash movement explains is recorded as what it was; the rest as a
/// <see cref="DifferenceReconciled"/>, never disguised as a trade.</summary>
public static class Reconciler
{
    /// <summary>The events that lead from a state to a snapshot of its selected account.</summary>
    public static IReadOnlyList<Happened> Reconcile(SessionState state, AccountSnapshot snapshot, DateTimeOffset at)
    {
        var changes = new Changes(state, at);
        Reconcile(changes, snapshot);
        return changes.ToDecision() is Decision.Accepted accepted ? accepted.Events : [];
    }

    internal static void Reconcile(Changes changes, AccountSnapshot snapshot)
    {
        var opening = !changes.Book.Opened;
        AccountReports.Figures(changes, snapshot.Account);
        AccountReports.Symbols(changes, snapshot.Symbols);
        if (opening)
        {
            MoneyReports.Open(changes, snapshot.Account);
        }

        foreach (var gap in snapshot.Gaps)
        {
            changes.Add(
                new HistoryIncomplete
                {
                    AccountId = changes.Book.Account.Value,
                    Subject = gap.Subject,
                    FromMs = gap.FromMs,
                    ToMs = gap.ToMs,
                    Code = gap.Code,
                    Detail = gap.Detail,
                }
            );
        }

        var recovery = Recovery.Run(changes, snapshot);
        var history = new DealHistory(snapshot.Deals, recovery.Recorded);
        Orders(changes, snapshot, history, recovery, opening);
        Positions(changes, snapshot, history, recovery, opening);
        var expected = changes.Book.Balance;
        if (MoneyReports.Correct(changes, snapshot.Account))
        {
            Differ(
                changes,
                "balance",
                "",
                expected.ToString(),
                changes.Book.Balance.ToString(),
                snapshot.Account.Source
            );
        }
    }

    private static void Orders(
        Changes changes,
        AccountSnapshot snapshot,
        DealHistory history,
        Recovery recovery,
        bool opening
    )
    {
        var account = changes.Book.Account.Value;
        foreach (var (order, source) in snapshot.Orders.Select(observed => (observed.Value, observed.Source)))
        {
            if (!changes.Book.Orders.TryGetValue(order.OrderId, out var known))
            {
                if (recovery.IsOrderEnded(order.OrderId))
                {
                    continue;
                }

                changes.Add(
                    new OrderAccepted
                    {
                        AccountId = account,
                        Order = order,
                        Recovered = !opening,
                        Source = source,
                    }
                );
            }
            else if (order.ExecutedVolume > known.ExecutedVolume)
            {
                changes.Add(
                    new OrderFilled
                    {
                        AccountId = account,
                        Order = order,
                        DealId = history.FillsOf(order.OrderId).LastOrDefault()?.DealId ?? "",
                        Complete = false,
                        Recovered = true,
                        Source = source,
                    }
                );
            }
            else if (order.UpdatedAtMs >= known.UpdatedAtMs && !OrderReports.Same(known, order))
            {
                changes.Add(
                    new OrderAmended
                    {
                        AccountId = account,
                        Order = order,
                        Recovered = true,
                        Source = source,
                    }
                );
            }
        }

        var working = snapshot.Orders.Select(observed => observed.Value.OrderId).ToHashSet();
        var gone = changes
            .Book.Orders.Values.Where(order =>
                !working.Contains(order.OrderId) && !recovery.IsOrderAhead(order.OrderId)
            )
            .OrderBy(order => order.CreatedAtMs)
            .ThenBy(order => order.OrderId, StringComparer.Ordinal)
            .ToArray();
        foreach (var order in gone)
        {
            Gone(changes, snapshot, history, order);
        }
    }

    /// <summary>An order that worked when we last looked and is not listed any more: filled, run out or cancelled.</summary>
    private static void Gone(Changes changes, AccountSnapshot snapshot, DealHistory history, OrderDetails order)
    {
        var account = changes.Book.Account.Value;
        var executed = history.ExecutedVolumeOf(order);
        if (executed > order.ExecutedVolume && history.FillsOf(order.OrderId).LastOrDefault() is { } last)
        {
            var filled = order.Clone();
            filled.ExecutedVolume = executed;
            filled.ExecutionPrice = last.Price;
            filled.UpdatedAtMs = Math.Max(order.UpdatedAtMs, last.ExecutedAtMs);
            order = filled;
            changes.Add(
                new OrderFilled
                {
                    AccountId = account,
                    Order = filled,
                    DealId = last.DealId,
                    Complete = executed >= filled.Volume,
                    Recovered = true,
                    Source = last.Source,
                },
                DateTimeOffset.FromUnixTimeMilliseconds(last.ExecutedAtMs)
            );
            if (executed >= filled.Volume)
            {
                return;
            }
        }

        if (order.ExpiresAtMs > 0 && order.ExpiresAtMs <= changes.At.ToUnixTimeMilliseconds())
        {
            changes.Add(
                new OrderExpired
                {
                    AccountId = account,
                    Order = order,
                    Recovered = true,
                    Source = snapshot.Source,
                }
            );
        }
        else
        {
            changes.Add(
                new OrderCancelled
                {
                    AccountId = account,
                    Order = order,
                    Recovered = true,
                    Source = snapshot.Source,
                }
            );
        }
    }

    private static void Positions(
        Changes changes,
        AccountSnapshot snapshot,
        DealHistory history,
        Recovery recovery,
        bool opening
    )
    {
        foreach (var (position, source) in snapshot.Positions.Select(observed => (observed.Value, observed.Source)))
        {
            if (!changes.Book.Positions.TryGetValue(position.PositionId, out var known))
            {
                if (recovery.IsPositionAhead(position.PositionId))
                {
                    continue;
                }

                if (!opening && history.LastOf(position.PositionId) is null)
                {
                    Differ(changes, "position", position.PositionId, "absent", Describe(position), source);
                }

                changes.Add(
                    new PositionOpened
                    {
                        AccountId = changes.Book.Account.Value,
                        Position = position,
                        Recovered = !opening,
                        Source = source,
                    }
                );
            }
            else if (
                position.UpdatedAtMs >= known.UpdatedAtMs
                && PositionReports.Difference(known, position) is not null
            )
            {
                if (known.Volume != position.Volume && history.NewsOf(known) is null)
                {
                    Differ(changes, "position", position.PositionId, Describe(known), Describe(position), source);
                }

                PositionReports.Change(changes, position, "reconciled", source, recovered: true);
            }
        }

        var open = snapshot.Positions.Select(observed => observed.Value.PositionId).ToHashSet();
        var closed = changes
            .Book.Positions.Values.Where(position =>
                !open.Contains(position.PositionId) && !recovery.IsPositionAhead(position.PositionId)
            )
            .OrderBy(position => position.OpenedAtMs)
            .ThenBy(position => position.PositionId, StringComparer.Ordinal)
            .ToArray();
        foreach (var position in closed)
        {
            var deal = history.NewsOf(position);
            if (deal is null)
            {
                Differ(changes, "position", position.PositionId, Describe(position), "absent", snapshot.Source);
            }

            PositionReports.Close(
                changes,
                position.PositionId,
                deal?.ExecutedAtMs ?? 0,
                deal is null ? "reconciled" : "deal",
                deal?.Source ?? snapshot.Source,
                recovered: true
            );
        }
    }

    private static void Differ(
        Changes changes,
        string subject,
        string id,
        string expected,
        string observed,
        BrokerMessage? source
    ) =>
        changes.Add(
            new DifferenceReconciled
            {
                AccountId = changes.Book.Account.Value,
                Subject = subject,
                SubjectId = id,
                Expected = expected,
                Observed = observed,
                Source = source,
            }
        );

    private static string Describe(PositionDetails position) =>
        $"{(position.Side == Side.Sell ? "sell" : "buy")} {position.Volume} {position.Symbol} at {position.Price.ToDecimal()}";
}
