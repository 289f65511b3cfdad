using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;
using Trading.Sandbox.CTrader.Market;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Assets, symbols, categories, chains.</summary>
internal static class ReferenceRequests
{
    public static void Register(Routes routes)
    {
        routes.OnAccount<ProtoOAAssetListReq>(r => r.CtidTraderAccountId, Assets);
        routes.OnAccount<ProtoOAAssetClassListReq>(r => r.CtidTraderAccountId, AssetClasses);
        routes.OnAccount<ProtoOASymbolCategoryListReq>(r => r.CtidTraderAccountId, Categories);
        routes.OnAccount<ProtoOASymbolsListReq>(r => r.CtidTraderAccountId, Symbols);
        routes.OnAccount<ProtoOASymbolByIdReq>(r => r.CtidTraderAccountId, SymbolsById);
        routes.OnAccount<ProtoOASymbolsForConversionReq>(r => r.CtidTraderAccountId, Chain);
        routes.OnAccount<ProtoOAGetDynamicLeverageByIDReq>(r => r.CtidTraderAccountId, DynamicLeverage);
    }

    private static Refusal? Assets(RequestContext context, AccountSession session, ProtoOAAssetListReq request)
    {
        var answer = new ProtoOAAssetListRes { CtidTraderAccountId = session.Account.Id };
        answer.Asset.AddRange(
            context.Broker.Assets.Select(a => new ProtoOAAsset
            {
                AssetId = a.Id,
                Name = a.Name,
                DisplayName = a.Name,
                Digits = a.Digits,
            })
        );
        return context.Reply(answer);
    }

    private static Refusal? AssetClasses(
        RequestContext context,
        AccountSession session,
        ProtoOAAssetClassListReq request
    )
    {
        var answer = new ProtoOAAssetClassListRes { CtidTraderAccountId = session.Account.Id };
        foreach (var (id, name) in Classes)
        {
            answer.AssetClass.Add(
                new ProtoOAAssetClass
                {
                    Id = id,
                    Name = name,
                    SortingNumber = id,
                }
            );
        }

        return context.Reply(answer);
    }

    private static Refusal? Categories(
        RequestContext context,
        AccountSession session,
        ProtoOASymbolCategoryListReq request
    )
    {
        var answer = new ProtoOASymbolCategoryListRes { CtidTraderAccountId = session.Account.Id };
        foreach (var (id, name) in Classes)
        {
            answer.SymbolCategory.Add(
                new ProtoOASymbolCategory
                {
                    Id = id,
                    AssetClassId = id,
                    Name = name,
                    SortingNumber = id,
                }
            );
        }

        return context.Reply(answer);
    }

    private static (long Id, string Name)[] Classes =>
        [(Catalog.ForexCategory, "Forex"), (Catalog.MetalsCategory, "Metals"), (Catalog.IndicesCategory, "Indices")];

    private static Refusal? Symbols(RequestContext context, AccountSession session, ProtoOASymbolsListReq request)
    {
        var answer = new ProtoOASymbolsListRes { CtidTraderAccountId = session.Account.Id };
        answer.Symbol.AddRange(context.Broker.Symbols.Select(s => AccountMessages.Light(s.Spec)));
        return context.Reply(answer);
    }

    private static Refusal? SymbolsById(RequestContext context, AccountSession session, ProtoOASymbolByIdReq request)
    {
        var answer = new ProtoOASymbolByIdRes { CtidTraderAccountId = session.Account.Id };
        foreach (var id in request.SymbolId)
        {
            if (context.Broker.FindSymbol(id) is not { } symbol)
            {
                return new Refusal("SYMBOL_NOT_FOUND", $"Symbol not found with id {id}");
            }

            answer.Symbol.Add(AccountMessages.Full(symbol));
        }

        return context.Reply(answer);
    }

    private static Refusal? Chain(
        RequestContext context,
        AccountSession session,
        ProtoOASymbolsForConversionReq request
    )
    {
        var chain = context.Broker.Conversion.Chain(request.FirstAssetId, request.LastAssetId);
        if (chain is null)
        {
            return new Refusal("ENTITY_NOT_FOUND", "No symbols lead from one asset to the other");
        }

        var answer = new ProtoOASymbolsForConversionRes { CtidTraderAccountId = session.Account.Id };
        answer.Symbol.AddRange(chain.Select(s => AccountMessages.Light(s.Spec)));
        return context.Reply(answer);
    }

    private static Refusal? DynamicLeverage(
        RequestContext context,
        AccountSession session,
        ProtoOAGetDynamicLeverageByIDReq request
    )
    {
        if (context.Broker.Symbols.All(s => s.Spec.LeverageId != request.LeverageId))
        {
            return new Refusal("ENTITY_NOT_FOUND", $"No leverage table {request.LeverageId}");
        }

        // One tier above every account's own leverage: the account's decides.
        var leverage = new ProtoOADynamicLeverage { LeverageId = request.LeverageId };
        leverage.Tiers.Add(new ProtoOADynamicLeverageTier { Volume = 100_000_000_000, Leverage = 500 });
        return context.Reply(
            new ProtoOAGetDynamicLeverageByIDRes { CtidTraderAccountId = session.Account.Id, Leverage = leverage }
        );
    }
}
