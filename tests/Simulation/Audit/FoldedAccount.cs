using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;

namespace Trading.Simulation.Audit;

/// <summary>An account, as its events tell.</summary>
internal sealed class FoldedAccount
{
    public bool Opened { get; private set; }
    public BrokerMessage? OpenedBy { get; private set; }
    public decimal Balance { get; private set; }
    public long BalanceVersion { get; private set; }
    public decimal Corrections { get; private set; }
    public string Currency { get; private set; } = "";
    public uint Leverage { get; private set; }
    public SymbolsListed? Listed { get; private set; }
    public SortedDictionary<string, DealExecuted> Deals { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, decimal> Movements { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, PositionDetails> Positions { get; } = new(StringComparer.Ordinal);
    public SortedSet<string> ClosedPositions { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, OrderDetails> Orders { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, string> EndedOrders { get; } = [];

    /// <summary>What was open when the account was opened to us, by position.</summary>
    public Dictionary<string, long> OpeningVolumes { get; } = [];

    private bool _opening;

    public void Apply(IMessage payload)
    {
        switch (payload)
        {
            case AccountDescribed described:
                Currency = described.Currency;
                break;
            case LeverageChanged leverage:
                Leverage = leverage.LeverageInCents;
                break;
            case SymbolsListed listed:
                Listed = listed;
                break;
            case BalanceChanged changed:
                Change(changed);
                break;
            case FundsDeposited funds:
                Movements[funds.MovementId] = funds.Amount.ToDecimal();
                break;
            case FundsWithdrawn funds:
                Movements[funds.MovementId] = -funds.Amount.ToDecimal();
                break;
            case DealExecuted deal:
                Deals[deal.DealId] = deal;
                break;
            case PositionOpened opened:
                if (_opening)
                {
                    OpeningVolumes[opened.Position.PositionId] = opened.Position.Volume;
                }

                Positions[opened.Position.PositionId] = opened.Position.Clone();
                ClosedPositions.Remove(opened.Position.PositionId);
                break;
            case PositionChanged changed:
                Positions[changed.Position.PositionId] = changed.Position.Clone();
                break;
            case PositionClosed closed:
                Positions.Remove(closed.PositionId);
                ClosedPositions.Add(closed.PositionId);
                break;
            case MarginChanged margin when Positions.TryGetValue(margin.PositionId, out var held):
                held.UsedMargin = margin.UsedMargin;
                break;
            case SwapCharged swap when Positions.TryGetValue(swap.PositionId, out var held):
                held.Swap = swap.Swap;
                break;
            default:
                ApplyOrder(payload);
                break;
        }
    }

    /// <summary>The append that opened the account is complete.</summary>
    public void SettleOpening() => _opening = false;

    private void Change(BalanceChanged changed)
    {
        if (changed.Cause == BalanceCause.Opening)
        {
            Opened = true;
            OpenedBy = changed.Source;
            _opening = true;
        }
        else if (changed.Cause == BalanceCause.Correction)
        {
            Corrections += changed.Delta.ToDecimal();
        }

        Balance = changed.Balance.ToDecimal();
        BalanceVersion = Math.Max(BalanceVersion, changed.BalanceVersion);
    }

    private void ApplyOrder(IMessage payload)
    {
        switch (payload)
        {
            case OrderAccepted accepted:
                Orders[accepted.Order.OrderId] = accepted.Order;
                break;
            case OrderAmended amended:
                Orders[amended.Order.OrderId] = amended.Order;
                break;
            case OrderFilled { Complete: true } filled:
                End(filled.Order.OrderId, "filled");
                break;
            case OrderFilled filled when !EndedOrders.ContainsKey(filled.Order.OrderId):
                Orders[filled.Order.OrderId] = filled.Order;
                break;
            case OrderCancelled cancelled:
                End(cancelled.Order.OrderId, "cancelled");
                break;
            case OrderExpired expired:
                End(expired.Order.OrderId, "expired");
                break;
            case OrderRejected { Order: { } order, Request: "order" }:
                End(order.OrderId, "rejected");
                break;
        }
    }

    private void End(string order, string how)
    {
        Orders.Remove(order);
        EndedOrders[order] = how;
    }
}
