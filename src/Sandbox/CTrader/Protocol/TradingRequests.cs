using System.Globalization;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Orders and positions. What happens is told by execution events; only refusals are answered here.</summary>
internal static class TradingRequests
{
    public static void Register(Routes routes)
    {
        routes.OnAccount<ProtoOANewOrderReq>(r => r.CtidTraderAccountId, New, Needs.Trading);
        routes.OnAccount<ProtoOACancelOrderReq>(
            r => r.CtidTraderAccountId,
            (c, s, r) => c.Broker.Orders.Cancel(s.Account, r.OrderId, c.ClientMsgId),
            Needs.Trading
        );
        routes.OnAccount<ProtoOAAmendOrderReq>(r => r.CtidTraderAccountId, Amend, Needs.Trading);
        routes.OnAccount<ProtoOAAmendPositionSLTPReq>(r => r.CtidTraderAccountId, Protect, Needs.Trading);
        routes.OnAccount<ProtoOAClosePositionReq>(
            r => r.CtidTraderAccountId,
            (c, s, r) => c.Broker.Orders.Close(s.Account, r.PositionId, r.Volume, c.ClientMsgId),
            Needs.Trading
        );
    }

    private static Refusal? New(RequestContext context, AccountSession session, ProtoOANewOrderReq r)
    {
        var order = new NewOrder(r.SymbolId, r.OrderType, r.TradeSide, r.Volume)
        {
            LimitPrice = r.HasLimitPrice ? Exact(r.LimitPrice) : null,
            StopPrice = r.HasStopPrice ? Exact(r.StopPrice) : null,
            TimeInForce = r.HasTimeInForce ? r.TimeInForce : null,
            ExpiresAt = r.HasExpirationTimestamp ? r.ExpirationTimestamp : null,
            StopLoss = r.HasStopLoss ? Exact(r.StopLoss) : null,
            TakeProfit = r.HasTakeProfit ? Exact(r.TakeProfit) : null,
            RelativeStopLoss = r.HasRelativeStopLoss ? r.RelativeStopLoss : null,
            RelativeTakeProfit = r.HasRelativeTakeProfit ? r.RelativeTakeProfit : null,
            BaseSlippagePrice = r.HasBaseSlippagePrice ? Exact(r.BaseSlippagePrice) : null,
            SlippageInPoints = r.HasSlippageInPoints ? r.SlippageInPoints : null,
            Comment = r.HasComment ? r.Comment : null,
            Label = r.HasLabel ? r.Label : null,
            ClientOrderId = r.HasClientOrderId ? r.ClientOrderId : null,
            PositionId = r.HasPositionId ? r.PositionId : null,
            GuaranteedStop = r.GuaranteedStopLoss,
            Trailing = r.TrailingStopLoss,
            Trigger = r.StopTriggerMethod,
        };
        return context.Broker.Orders.Place(session.Account, order, context.ClientMsgId);
    }

    private static Refusal? Amend(RequestContext context, AccountSession session, ProtoOAAmendOrderReq r)
    {
        var change = new OrderChange(r.OrderId)
        {
            Volume = r.HasVolume ? r.Volume : null,
            LimitPrice = r.HasLimitPrice ? Exact(r.LimitPrice) : null,
            StopPrice = r.HasStopPrice ? Exact(r.StopPrice) : null,
            ExpiresAt = r.HasExpirationTimestamp ? r.ExpirationTimestamp : null,
            StopLoss = r.HasStopLoss ? Exact(r.StopLoss) : null,
            TakeProfit = r.HasTakeProfit ? Exact(r.TakeProfit) : null,
            RelativeStopLoss = r.HasRelativeStopLoss ? r.RelativeStopLoss : null,
            RelativeTakeProfit = r.HasRelativeTakeProfit ? r.RelativeTakeProfit : null,
            SlippageInPoints = r.HasSlippageInPoints ? r.SlippageInPoints : null,
            Trailing = r.HasTrailingStopLoss ? r.TrailingStopLoss : null,
            Trigger = r.HasStopTriggerMethod ? r.StopTriggerMethod : null,
        };
        return context.Broker.Orders.Amend(session.Account, change, context.ClientMsgId);
    }

    private static Refusal? Protect(RequestContext context, AccountSession session, ProtoOAAmendPositionSLTPReq r)
    {
        var change = new ProtectionChange(
            r.PositionId,
            r.HasStopLoss ? Exact(r.StopLoss) : null,
            r.HasTakeProfit ? Exact(r.TakeProfit) : null
        )
        {
            Trailing = r.TrailingStopLoss,
            GuaranteedStop = r.GuaranteedStopLoss,
            Trigger = r.StopLossTriggerMethod,
        };
        return context.Broker.Protection.Amend(session.Account, change, context.ClientMsgId);
    }

    /// <summary>The shortest decimal that reads back as this double, so that 1.1 is 1.1 and 131.07400024414062 stays too long.</summary>
    private static decimal Exact(double price) =>
        double.IsFinite(price)
        && Math.Abs(price) < 1e12
        && decimal.TryParse(price.ToString("R"), NumberStyles.Float, provider: null, out var shortest)
            ? shortest
            : -1m;
}
