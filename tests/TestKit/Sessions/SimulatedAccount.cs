using Google.Protobuf;
using Trading.Domain;
using Trading.Domain.Events;
using Trading.Domain.Ports;

namespace Trading.TestKit.Sessions;

/// <summary>A hedged account at a broker, in memory: does what the reference says a cTrader server does, tells it in
/// reports, and can be asked for a snapshot. The truth that a session's events are compared with.</summary>
public sealed partial class SimulatedAccount(
    string accountId = "1001",
    decimal balance = 10_000m,
    BrokerEnvironment environment = BrokerEnvironment.Demo
)
{
    private readonly Dictionary<string, PositionDetails> _positions = [];
    private readonly Dictionary<string, OrderDetails> _orders = [];
    private readonly Dictionary<string, PastOrder> _pastOrders = [];
    private long _ids = 100;

    /// <summary>The broker's clock, Unix milliseconds.</summary>
    public long NowMs { get; private set; } = 1_736_942_400_000;

    /// <summary>The broker's clock.</summary>
    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(NowMs);

    /// <summary>Cash balance.</summary>
    public decimal Balance { get; private set; } = balance;

    /// <summary>Changes of the balance so far.</summary>
    public long BalanceVersion { get; private set; } = 1;

    /// <summary>Leverage × 100.</summary>
    public uint Leverage { get; set; } = 10_000;

    /// <summary>All deals ever.</summary>
    public List<DealExecuted> Deals { get; } = [];

    /// <summary>All cash movements ever.</summary>
    public List<CashMovement> Movements { get; } = [];

    /// <summary>All orders ever, as they stand.</summary>
    public IReadOnlyCollection<PastOrder> PastOrders => _pastOrders.Values;

    /// <summary>Open positions.</summary>
    public IReadOnlyDictionary<string, PositionDetails> Positions => _positions;

    /// <summary>Working orders.</summary>
    public IReadOnlyDictionary<string, OrderDetails> Orders => _orders;

    /// <summary>What can be traded.</summary>
    public SymbolsListed Symbols { get; } = SimulatedSymbols.ListedFor(accountId);

    /// <summary>Lets time pass.</summary>
    public void Wait(TimeSpan time) => NowMs += (long)time.TotalMilliseconds;

    /// <summary>The account's own figures.</summary>
    public AccountState State() =>
        new(
            new()
            {
                AccountId = accountId,
                Environment = environment,
                Currency = "USD",
                MoneyDigits = 2,
                Login = "5001",
                BrokerName = "sandbox",
                AccountType = "hedged",
                AccessRights = "full_access",
            },
            Balance.ToEvent(),
            BalanceVersion,
            Leverage,
            new() { AccountId = accountId },
            Source("ProtoOATrader")
        );

    /// <summary>Everything on connecting, with history since a moment; none when null.</summary>
    public AccountSnapshot Snapshot(DateTimeOffset? since) =>
        new()
        {
            Account = State(),
            Positions =
            [
                .. _positions.Values.Select(p => new Observed<PositionDetails>(p.Clone(), Source("ProtoOAPosition"))),
            ],
            Orders = [.. _orders.Values.Select(o => new Observed<OrderDetails>(o.Clone(), Source("ProtoOAOrder")))],
            Deals = since is { } from ? [.. Deals.Where(d => d.ExecutedAtMs >= from.ToUnixTimeMilliseconds())] : [],
            CashMovements = since is { } start ? [.. Movements.Where(m => m.At >= start)] : [],
            PastOrders = since is { } begin
                ? [.. _pastOrders.Values.Where(past => past.Details.UpdatedAtMs >= begin.ToUnixTimeMilliseconds())]
                : [],
            Symbols = Symbols.Clone(),
            Source = Source("ProtoOAReconcileRes"),
        };

    /// <summary>The link came up.</summary>
    public BrokerReport.LinkUp Up(DateTimeOffset? since = null, int attempt = 1) =>
        new(attempt, Snapshot(since)) { At = Now };

    /// <summary>The link broke.</summary>
    public BrokerReport.LinkDown Down(int attempts = 1, bool slow = false) =>
        new("connection reset", "", attempts, slow) { At = Now };

    /// <summary>Money comes in (positive) or goes out.</summary>
    public List<BrokerReport> Move(decimal amount)
    {
        Tick();
        Balance += amount;
        BalanceVersion++;
        var movement = new CashMovement(
            NextId(),
            amount > 0 ? "BALANCE_DEPOSIT" : "BALANCE_WITHDRAW",
            amount.ToEvent(),
            Balance.ToEvent(),
            BalanceVersion,
            "",
            Now,
            Source("ProtoOADepositWithdraw")
        );
        Movements.Add(movement);
        return [new BrokerReport.CashMoved(movement) { At = Now }];
    }

    /// <summary>A market order: accepted with an empty shell of a position, then filled.</summary>
    public List<BrokerReport> Open(Side side, long volume, decimal price, long symbolId = 1)
    {
        Tick();
        var positionId = NextId();
        var order = Order("market", side, volume, symbolId, positionId);
        var shell = Position(positionId, symbolId, side, 0, 0m);
        var accepted = Step(OrderStepKind.Accepted, order, new(PositionStatus.Shell, shell, 0), null);
        return [accepted, Fill(order, volume, price)];
    }

    /// <summary>A limit order that works.</summary>
    public List<BrokerReport> Place(Side side, long volume, decimal limit, TimeSpan? lifetime = null, long symbolId = 1)
    {
        Tick();
        var order = Order("limit", side, volume, symbolId, NextId());
        order.LimitPrice = limit.ToEvent();
        order.ExpiresAtMs = lifetime is { } time ? NowMs + (long)time.TotalMilliseconds : 0;
        _orders[order.OrderId] = order;
        var shell = Position(order.PositionId, symbolId, side, 0, 0m);
        return [Step(OrderStepKind.Accepted, order, new(PositionStatus.Shell, shell, 0), null)];
    }

    /// <summary>A working order is filled, wholly or in part.</summary>
    public List<BrokerReport> FillOrder(string orderId, long volume)
    {
        Tick();
        return [Fill(_orders[orderId], volume, _orders[orderId].LimitPrice.ToDecimal())];
    }

    /// <summary>A working order moves.</summary>
    public List<BrokerReport> Amend(string orderId, decimal limit)
    {
        Tick();
        var order = Touch(_orders[orderId]);
        order.LimitPrice = limit.ToEvent();
        _orders[orderId] = order;
        return [Step(OrderStepKind.Amended, order, null, null)];
    }

    /// <summary>A working order ends unfilled.</summary>
    public List<BrokerReport> End(string orderId, OrderStepKind kind)
    {
        Tick();
        var order = Touch(_orders[orderId]);
        _orders.Remove(orderId);
        var shell = _positions.ContainsKey(order.PositionId)
            ? null
            : new PositionReport(
                PositionStatus.Closed,
                Position(order.PositionId, order.SymbolId, order.Side, 0, 0m),
                NowMs
            );
        return [Step(kind, order, shell, null)];
    }

    /// <summary>Closes a position, wholly or in part.</summary>
    public List<BrokerReport> Close(string positionId, long volume, decimal price)
    {
        Tick();
        var position = _positions[positionId];
        var order = Order("market", Opposite(position.Side), volume, position.SymbolId, positionId);
        order.Closing = true;
        var accepted = Step(OrderStepKind.Accepted, order, Report(position), null);
        Tick();
        var direction = position.Side == Side.Sell ? -1 : 1;
        var gross = Math.Round((price - position.Price.ToDecimal()) * volume / 100m * direction, 2);
        var share = (decimal)volume / position.Volume;
        var swap = Math.Round(position.Swap.ToDecimal() * share, 2);
        var commission = Math.Round(position.Commission.ToDecimal() * share * 2, 2);
        Balance += gross + swap + commission;
        BalanceVersion++;
        var left = Touch(position);
        left.Volume -= volume;
        left.Swap = (position.Swap.ToDecimal() - swap).ToEvent();
        left.Commission = Math.Round(position.Commission.ToDecimal() * (1 - share), 2).ToEvent();
        left.UsedMargin = Math.Round(position.UsedMargin.ToDecimal() * (1 - share), 2).ToEvent();
        var deal = Deal(order, volume, price);
        deal.Closed = new()
        {
            EntryPrice = position.Price,
            GrossProfit = gross.ToEvent(),
            Swap = swap.ToEvent(),
            Commission = commission.ToEvent(),
            Balance = Balance.ToEvent(),
            BalanceVersion = BalanceVersion,
            ClosedVolume = volume,
        };
        var filled = Touch(order);
        filled.ExecutedVolume = volume;
        if (left.Volume > 0)
        {
            _positions[positionId] = left;
            return [accepted, Step(OrderStepKind.Filled, filled, Report(left), deal)];
        }

        _positions.Remove(positionId);
        return [accepted, Step(OrderStepKind.Filled, filled, new(PositionStatus.Closed, left, NowMs), deal)];
    }

    /// <summary>Stop loss and take profit are set.</summary>
    public List<BrokerReport> Protect(string positionId, decimal? stopLoss, decimal? takeProfit)
    {
        Tick();
        var position = Touch(_positions[positionId]);
        position.StopLoss = stopLoss?.ToEvent();
        position.TakeProfit = takeProfit?.ToEvent();
        _positions[positionId] = position;
        var order = _orders.Values.FirstOrDefault(o => o.PositionId == positionId && o.Type == "stop_loss_take_profit");
        var kind = order is null ? OrderStepKind.Accepted : OrderStepKind.Amended;
        order = order is null
            ? Order("stop_loss_take_profit", Opposite(position.Side), position.Volume, position.SymbolId, positionId)
            : Touch(order);
        order.Closing = true;
        order.StopPrice = stopLoss?.ToEvent();
        order.LimitPrice = takeProfit?.ToEvent();
        _orders[order.OrderId] = order;
        return [Step(kind, order, Report(position), null)];
    }

    /// <summary>Swap is charged.</summary>
    public List<BrokerReport> Swap(string positionId, decimal amount)
    {
        Tick();
        var position = Touch(_positions[positionId]);
        position.Swap = (position.Swap.ToDecimal() + amount).ToEvent();
        _positions[positionId] = position;
        return [new BrokerReport.SwapAccrued(position.Clone(), Source("ProtoOAExecutionEvent")) { At = Now }];
    }

    /// <summary>The margin of a position is computed anew.</summary>
    public List<BrokerReport> Margin(string positionId, decimal margin)
    {
        Tick();
        var position = _positions[positionId].Clone();
        position.UsedMargin = margin.ToEvent();
        _positions[positionId] = position;
        return
        [
            new BrokerReport.MarginReported(
                new()
                {
                    AccountId = accountId,
                    PositionId = positionId,
                    UsedMargin = margin.ToEvent(),
                    Source = Source("ProtoOAMarginChangedEvent"),
                }
            )
            {
                At = Now,
            },
        ];
    }

    /// <summary>The broker moves the balance and tells nobody why.</summary>
    public void Adjust(decimal amount)
    {
        Tick();
        Balance += amount;
        BalanceVersion++;
    }

    /// <summary>The broker's bytes.</summary>
    public static BrokerMessage Source(string type) => new() { Type = type, Body = ByteString.CopyFromUtf8(type) };

    private BrokerReport.OrderStep Fill(OrderDetails working, long volume, decimal price)
    {
        Tick();
        var order = Touch(working);
        order.ExecutedVolume += volume;
        order.ExecutionPrice = price.ToEvent();
        var complete = order.ExecutedVolume == order.Volume;
        if (complete)
        {
            _orders.Remove(order.OrderId);
        }
        else
        {
            _orders[order.OrderId] = order;
        }

        var position = _positions.TryGetValue(order.PositionId, out var known)
            ? Touch(known)
            : Position(order.PositionId, order.SymbolId, order.Side, 0, price);
        position.Volume += volume;
        position.UsedMargin = Math.Round(position.Volume / 10_000m, 2).ToEvent();
        position.Commission = Math.Round(-position.Volume / 100_000m, 2).ToEvent();
        _positions[position.PositionId] = position;
        return Step(
            complete ? OrderStepKind.Filled : OrderStepKind.PartiallyFilled,
            order,
            Report(position),
            Deal(order, volume, price)
        );
    }
}
