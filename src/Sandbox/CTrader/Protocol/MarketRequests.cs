using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Market;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Subscriptions to quotes, live bars and depth.</summary>
internal static class MarketRequests
{
    public static void Register(Routes routes)
    {
        routes.OnAccount<ProtoOASubscribeSpotsReq>(r => r.CtidTraderAccountId, Subscribe);
        routes.OnAccount<ProtoOAUnsubscribeSpotsReq>(r => r.CtidTraderAccountId, Unsubscribe);
        routes.OnAccount<ProtoOASubscribeLiveTrendbarReq>(r => r.CtidTraderAccountId, SubscribeBars);
        routes.OnAccount<ProtoOAUnsubscribeLiveTrendbarReq>(r => r.CtidTraderAccountId, UnsubscribeBars);
        routes.OnAccount<ProtoOASubscribeDepthQuotesReq>(r => r.CtidTraderAccountId, SubscribeDepth);
        routes.OnAccount<ProtoOAUnsubscribeDepthQuotesReq>(r => r.CtidTraderAccountId, UnsubscribeDepth);
    }

    private static Refusal? Subscribe(RequestContext context, AccountSession session, ProtoOASubscribeSpotsReq request)
    {
        var wanted = new List<Instrument>();
        foreach (var id in request.SymbolId.Distinct())
        {
            if (context.World.Find(id) is not { } instrument)
            {
                return NotFound(id);
            }

            if (session.Spots.ContainsKey(id))
            {
                return new Refusal(
                    "ALREADY_SUBSCRIBED",
                    $"Spots of {instrument.Symbol.Spec.Name} are subscribed already"
                );
            }

            wanted.Add(instrument);
        }

        context.Reply(new ProtoOASubscribeSpotsRes { CtidTraderAccountId = session.Account.Id });
        foreach (var instrument in wanted)
        {
            var spot = new SpotSubscription(
                context.Connection,
                session.Account.Id,
                instrument,
                request.SubscribeToSpotTimestamp
            );
            session.Spots[instrument.Symbol.Spec.Id] = spot;
            instrument.Listeners.Add(spot);
            spot.SendSnapshot();
        }

        context.World.ListenersChanged(wanted);
        return null;
    }

    private static Refusal? Unsubscribe(
        RequestContext context,
        AccountSession session,
        ProtoOAUnsubscribeSpotsReq request
    )
    {
        if (request.SymbolId.Any(id => !session.Spots.ContainsKey(id)))
        {
            return new Refusal("NOT_SUBSCRIBED_TO_SPOTS", "Spots are not subscribed");
        }

        foreach (var id in request.SymbolId.Distinct())
        {
            session.Spots.Remove(id, out var spot);
            spot!.Instrument.Listeners.Remove(spot);
        }

        context.Reply(new ProtoOAUnsubscribeSpotsRes { CtidTraderAccountId = session.Account.Id });
        context.World.ListenersChanged([]);
        return null;
    }

    private static Refusal? SubscribeBars(
        RequestContext context,
        AccountSession session,
        ProtoOASubscribeLiveTrendbarReq request
    )
    {
        if (!session.Spots.TryGetValue(request.SymbolId, out var spot))
        {
            return Refusal.Invalid("Spots of the symbol have to be subscribed first");
        }

        if (!Enum.IsDefined(request.Period))
        {
            return Refusal.Invalid($"Period {request.Period} is not known");
        }

        if (!spot.AddPeriod(request.Period))
        {
            return new Refusal("ALREADY_SUBSCRIBED", "Bars of this period are subscribed already");
        }

        context.Reply(new ProtoOASubscribeLiveTrendbarRes { CtidTraderAccountId = session.Account.Id });
        spot.SendSnapshot();
        return null;
    }

    private static Refusal? UnsubscribeBars(
        RequestContext context,
        AccountSession session,
        ProtoOAUnsubscribeLiveTrendbarReq request
    ) =>
        session.Spots.TryGetValue(request.SymbolId, out var spot) && spot.RemovePeriod(request.Period)
            ? context.Reply(new ProtoOAUnsubscribeLiveTrendbarRes { CtidTraderAccountId = session.Account.Id })
            : Refusal.Invalid("Bars of this period are not subscribed");

    private static Refusal? SubscribeDepth(
        RequestContext context,
        AccountSession session,
        ProtoOASubscribeDepthQuotesReq request
    )
    {
        foreach (var id in request.SymbolId)
        {
            if (context.World.Find(id) is null)
            {
                return NotFound(id);
            }

            if (!session.Spots.ContainsKey(id))
            {
                return new Refusal("NOT_SUBSCRIBED_TO_SPOTS", "Spots are not subscribed");
            }

            if (session.Spots[id].Depth is not null)
            {
                return new Refusal("ALREADY_SUBSCRIBED", "Depth is subscribed already");
            }
        }

        context.Reply(new ProtoOASubscribeDepthQuotesRes { CtidTraderAccountId = session.Account.Id });
        foreach (var id in request.SymbolId.Distinct())
        {
            session.Spots[id].StartDepth();
        }

        return null;
    }

    private static Refusal? UnsubscribeDepth(
        RequestContext context,
        AccountSession session,
        ProtoOAUnsubscribeDepthQuotesReq request
    )
    {
        foreach (var id in request.SymbolId)
        {
            if (session.Spots.TryGetValue(id, out var spot))
            {
                spot.StopDepth();
            }
        }

        return context.Reply(new ProtoOAUnsubscribeDepthQuotesRes { CtidTraderAccountId = session.Account.Id });
    }

    private static Refusal NotFound(long id) => new("SYMBOL_NOT_FOUND", $"Symbol not found with id {id}");
}
