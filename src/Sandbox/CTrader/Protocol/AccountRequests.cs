using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>The state of an account: trader, reconciliation, margins, unrealised results.</summary>
internal static class AccountRequests
{
    public static void Register(Routes routes)
    {
        routes.OnAccount<ProtoOATraderReq>(r => r.CtidTraderAccountId, Trader);
        routes.OnAccount<ProtoOAReconcileReq>(r => r.CtidTraderAccountId, Reconcile);
        routes.OnAccount<ProtoOAExpectedMarginReq>(r => r.CtidTraderAccountId, ExpectedMargin);
        routes.OnAccount<ProtoOAGetPositionUnrealizedPnLReq>(r => r.CtidTraderAccountId, UnrealizedPnL);
        routes.OnAccount<ProtoOAMarginCallListReq>(r => r.CtidTraderAccountId, MarginCalls);
        routes.OnAccount<ProtoOAMarginCallUpdateReq>(r => r.CtidTraderAccountId, UpdateMarginCall);
    }

    private static Refusal? Trader(RequestContext context, AccountSession session, ProtoOATraderReq request) =>
        context.Reply(
            new ProtoOATraderRes
            {
                CtidTraderAccountId = session.Account.Id,
                Trader = AccountMessages.Of(session.Account),
            }
        );

    private static Refusal? Reconcile(RequestContext context, AccountSession session, ProtoOAReconcileReq request)
    {
        var answer = new ProtoOAReconcileRes { CtidTraderAccountId = session.Account.Id };
        answer.Position.AddRange(session.Account.OpenPositions.Select(TradeMessages.Of));
        answer.Order.AddRange(
            session
                .Account.Working.Values.Where(o => !o.IsProtection || request.ReturnProtectionOrders)
                .Select(TradeMessages.Of)
        );
        return context.Reply(answer);
    }

    private static Refusal? ExpectedMargin(
        RequestContext context,
        AccountSession session,
        ProtoOAExpectedMarginReq request
    )
    {
        if (context.Broker.FindSymbol(request.SymbolId) is not { } symbol)
        {
            return new Refusal("SYMBOL_NOT_FOUND", $"Symbol not found with id {request.SymbolId}");
        }

        if (request.Volume.Any(volume => volume <= 0))
        {
            return Refusal.BadVolume("A volume has to be above zero");
        }

        var answer = new ProtoOAExpectedMarginRes
        {
            CtidTraderAccountId = session.Account.Id,
            MoneyDigits = Amounts.MoneyDigits,
        };
        foreach (var volume in request.Volume)
        {
            var margin = context.Broker.Risk.MarginFor(session.Account, symbol, volume);
            answer.Margin.Add(
                new ProtoOAExpectedMargin
                {
                    Volume = volume,
                    BuyMargin = margin,
                    SellMargin = margin,
                }
            );
        }

        return context.Reply(answer);
    }

    private static Refusal? UnrealizedPnL(
        RequestContext context,
        AccountSession session,
        ProtoOAGetPositionUnrealizedPnLReq request
    )
    {
        var answer = new ProtoOAGetPositionUnrealizedPnLRes
        {
            CtidTraderAccountId = session.Account.Id,
            MoneyDigits = Amounts.MoneyDigits,
        };
        answer.PositionUnrealizedPnL.AddRange(
            session.Account.OpenPositions.Select(p => new ProtoOAPositionUnrealizedPnL
            {
                PositionId = p.Id,
                GrossUnrealizedPnL = context.Broker.Risk.Gross(session.Account, p),
                NetUnrealizedPnL = context.Broker.Risk.Net(session.Account, p),
            })
        );
        return context.Reply(answer);
    }

    private static Refusal? MarginCalls(
        RequestContext context,
        AccountSession session,
        ProtoOAMarginCallListReq request
    )
    {
        var answer = new ProtoOAMarginCallListRes();
        answer.MarginCall.AddRange(session.Account.MarginCalls.Select(c => AccountMessages.Of(c.Key, c.Value)));
        return context.Reply(answer);
    }

    private static Refusal? UpdateMarginCall(
        RequestContext context,
        AccountSession session,
        ProtoOAMarginCallUpdateReq request
    )
    {
        var type = (int)request.MarginCall.MarginCallType;
        if (!session.Account.MarginCalls.ContainsKey(type))
        {
            return Refusal.Invalid("There is no such margin call");
        }

        if (request.MarginCall.MarginLevelThreshold is not (>= 0 and <= 1_000_000))
        {
            return Refusal.Invalid("The threshold is no margin level");
        }

        context.Reply(new ProtoOAMarginCallUpdateRes());
        context.Broker.Treasury.SetMarginCall(session.Account, type, (decimal)request.MarginCall.MarginLevelThreshold);
        return null;
    }
}
