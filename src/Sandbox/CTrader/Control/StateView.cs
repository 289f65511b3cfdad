using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Protocol;
using Trading.Sandbox.CTrader.World;

namespace Trading.Sandbox.CTrader.Control;

/// <summary>Copies what the world holds into records that may leave its lock.</summary>
internal static class StateView
{
    public static AccountState Of(SandboxWorld world, Account a)
    {
        var risk = world.Broker.Risk;
        var positions = a.OpenPositions.OrderBy(p => p.Id).Select(p => Of(risk, a, p)).ToList();
        var net = positions.Sum(p => p.NetUnrealized);
        var balance = Amounts.Major(a.Balance);
        var used = Amounts.Major(RiskDesk.UsedMargin(a));
        return new AccountState
        {
            AccountId = a.Id,
            Login = a.Login,
            UserId = a.UserId,
            Currency = a.Currency.Name,
            Leverage = a.Leverage,
            Balance = balance,
            BalanceVersion = a.BalanceVersion,
            UnrealizedGross = positions.Sum(p => p.GrossUnrealized),
            UnrealizedNet = net,
            Equity = balance + net,
            UsedMargin = used,
            FreeMargin = balance + net - used,
            MarginLevel = used == 0 ? null : decimal.Round((balance + net) / used * 100m, 4),
            Positions = positions,
            Orders = [.. a.Orders.Values.Select(Of)],
            Deals = [.. a.Deals.Select(Of)],
            CashFlows =
            [
                .. a.CashFlows.Select(c => new CashFlowState(
                    c.Id,
                    c.Kind.ToString(),
                    Amounts.Major(c.Delta),
                    Amounts.Major(c.Balance),
                    c.BalanceVersion,
                    c.Time
                )),
            ],
        };
    }

    public static ConnectionState Of(Connection c) =>
        new(
            c.Id,
            c.Peer,
            c.IsApplicationAuthorised,
            c.IsStalled,
            c.Output.Frames,
            c.Output.Pending,
            [
                .. c.Sessions.Values.Select(s => new SessionState(
                    s.Account.Id,
                    [.. s.Spots.Values.Select(p => p.Instrument.Symbol.Spec.Name).Order(StringComparer.Ordinal)]
                )),
            ]
        );

    public static QuoteState Of(Symbol s) =>
        new(s.Spec.Name, s.Spec.Id, Price.ToDecimal(s.Bid), Price.ToDecimal(s.Ask), s.QuoteTime);

    public static QuoteState Of(Symbol s, Market.Tick tick) =>
        new(s.Spec.Name, s.Spec.Id, Price.ToDecimal(tick.Bid), Price.ToDecimal(tick.Ask), tick.Time);

    private static PositionState Of(RiskDesk risk, Account a, Position p) =>
        new()
        {
            PositionId = p.Id,
            Symbol = p.Symbol.Spec.Name,
            Side = Name(p.Side),
            Volume = p.Volume,
            EntryPrice = p.EntryPrice,
            StopLoss = ToDecimal(p.StopLoss),
            TakeProfit = ToDecimal(p.TakeProfit),
            Swap = Amounts.Major(p.Swap),
            Commission = Amounts.Major(p.Commission),
            UsedMargin = Amounts.Major(p.UsedMargin),
            GrossUnrealized = Amounts.Major(risk.Gross(a, p)),
            NetUnrealized = Amounts.Major(risk.Net(a, p)),
            OpenTime = p.OpenTime,
        };

    private static OrderState Of(Order o) =>
        new()
        {
            OrderId = o.Id,
            PositionId = o.PositionId,
            Symbol = o.Symbol.Spec.Name,
            Side = Name(o.Side),
            Type = o.Type switch
            {
                OrderType.StopLossTakeProfit => "STOP_LOSS_TAKE_PROFIT",
                OrderType.MarketRange => "MARKET_RANGE",
                OrderType.StopLimit => "STOP_LIMIT",
                _ => o.Type.ToString().ToUpperInvariant(),
            },
            Status = o.Status.ToString()["OrderStatus".Length..].ToUpperInvariant(),
            Volume = o.Volume,
            ExecutedVolume = o.ExecutedVolume,
            ExecutionPrice = o.ExecutionPrice,
            LimitPrice = ToDecimal(o.LimitPrice),
            StopPrice = ToDecimal(o.StopPrice),
            ClientOrderId = o.ClientOrderId,
            UpdatedAt = o.UpdatedAt,
        };

    private static DealState Of(Deal d) =>
        new()
        {
            DealId = d.Id,
            OrderId = d.OrderId,
            PositionId = d.PositionId,
            Symbol = d.Symbol.Spec.Name,
            Side = Name(d.Side),
            Volume = d.FilledVolume,
            Price = d.Price,
            Commission = Amounts.Major(d.Commission),
            ExecutedAt = d.ExecutedAt,
            GrossProfit = ToMajor(d.Close?.GrossProfit),
            Swap = ToMajor(d.Close?.Swap),
            RealizedCommission = ToMajor(d.Close?.Commission),
            ConversionFee = ToMajor(d.Close?.ConversionFee),
            Balance = ToMajor(d.Close?.Balance),
            BalanceVersion = d.Close?.BalanceVersion,
        };

    private static string Name(TradeSide side) => side == TradeSide.Buy ? "BUY" : "SELL";

    private static decimal? ToDecimal(long? p5) => p5 is { } price ? Price.ToDecimal(price) : null;

    private static decimal? ToMajor(long? minor) => minor is { } amount ? Amounts.Major(amount) : null;
}
