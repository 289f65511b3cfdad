using Google.Protobuf;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.Tests.CTrader.Peer;

/// <summary>
/// The script of a broker with one account in US dollars and three symbols. Tests change what they are about before,
/// or while, a link uses it.
/// </summary>
internal sealed class DemoAccount
{
    public const long Id = 4711;
    public const long Eurusd = 1;
    public const long Gbpjpy = 2;
    public const long Xauusd = 41;
    public static readonly long Start = new DateTimeOffset(
        2026,
        1,
        14,
        12,
        0,
        0,
        TimeSpan.Zero
    ).ToUnixTimeMilliseconds();

    private readonly Lock _gate = new();

    public HashSet<string> Tokens { get; } = ["access-1"];

    public string RefreshToken { get; set; } = "refresh-1";

    public ProtoOATrader Trader { get; } =
        new()
        {
            CtidTraderAccountId = Id,
            Balance = 1_000_000,
            BalanceVersion = 3,
            DepositAssetId = 1,
            LeverageInCents = 10_000,
            MoneyDigits = 2,
            TraderLogin = 900,
            BrokerName = "Test",
            RegistrationTimestamp = 1,
            TotalMarginCalculationType = ProtoOATotalMarginCalculationType.Max,
        };

    public List<ProtoOAPosition> Positions { get; } = [];

    public List<ProtoOAOrder> Orders { get; } = [];

    public List<ProtoOADeal> Deals { get; } = [];

    /// <summary>Orders of any time, as they stand.</summary>
    public List<ProtoOAOrder> PastOrders { get; } = [];

    public List<ProtoOADepositWithdraw> Movements { get; } = [];

    /// <summary>Deals in one answer.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>How often the account was authorised.</summary>
    public int Logins { get; private set; }

    public void Serve(ScriptedBroker broker)
    {
        broker
            .On<ProtoOAApplicationAuthReq>(request =>
                request is { ClientId: "app", ClientSecret: "secret" }
                    ? new ProtoOAApplicationAuthRes()
                    : Refusal("CH_CLIENT_AUTH_FAILURE", "clientId or clientSecret is incorrect")
            )
            .On<ProtoOAAccountAuthReq>(Authorise)
            .On<ProtoOARefreshTokenReq>(Refresh)
            .On<ProtoOAVersionReq>(_ => new ProtoOAVersionRes { Version = "91" })
            .On<ProtoOATraderReq>(_ => new ProtoOATraderRes { CtidTraderAccountId = Id, Trader = Trader })
            .On<ProtoOAAssetListReq>(_ => Assets())
            .On<ProtoOAAssetClassListReq>(_ => new ProtoOAAssetClassListRes
            {
                CtidTraderAccountId = Id,
                AssetClass =
                {
                    new ProtoOAAssetClass { Id = 1, Name = "Forex" },
                },
            })
            .On<ProtoOASymbolCategoryListReq>(_ => new ProtoOASymbolCategoryListRes
            {
                CtidTraderAccountId = Id,
                SymbolCategory =
                {
                    new ProtoOASymbolCategory
                    {
                        Id = 5,
                        AssetClassId = 1,
                        Name = "Majors",
                    },
                },
            })
            .On<ProtoOASymbolsListReq>(_ => Symbols())
            .On<ProtoOASymbolByIdReq>(Specifications)
            .On<ProtoOASymbolsForConversionReq>(Conversion)
            .On<ProtoOAReconcileReq>(_ => Open())
            .On<ProtoOADealListReq>(DealPage)
            .On<ProtoOAOrderListReq>(OrderPage)
            .On<ProtoOAOrderDetailsReq>(OrderOf)
            .On<ProtoOACashFlowHistoryListReq>(CashFlow)
            .On<ProtoOASubscribeSpotsReq>(_ => new ProtoOASubscribeSpotsRes { CtidTraderAccountId = Id })
            .On<ProtoOAUnsubscribeSpotsReq>(_ => new ProtoOAUnsubscribeSpotsRes { CtidTraderAccountId = Id });
    }

    public static ProtoOAErrorRes Refusal(string code, string description = "") =>
        new() { ErrorCode = code, Description = description };

    public static ProtoOADeal Deal(long id, long atMs) =>
        new()
        {
            DealId = id,
            OrderId = id + 1000,
            PositionId = 70,
            Volume = 100_000,
            FilledVolume = 100_000,
            SymbolId = Eurusd,
            CreateTimestamp = atMs - 50,
            ExecutionTimestamp = atMs,
            ExecutionPrice = 1.10122,
            TradeSide = ProtoOATradeSide.Buy,
            DealStatus = ProtoOADealStatus.Filled,
            Commission = -3,
            MoneyDigits = 2,
        };

    public static ProtoOAPosition Position(long id) =>
        new()
        {
            PositionId = id,
            TradeData = new ProtoOATradeData
            {
                SymbolId = Eurusd,
                Volume = 100_000,
                TradeSide = ProtoOATradeSide.Buy,
                OpenTimestamp = Start,
            },
            PositionStatus = ProtoOAPositionStatus.PositionStatusOpen,
            Price = 1.1012233333333333,
            StopLoss = 1.0990000000000002,
            Swap = -12,
            Commission = -3,
            UsedMargin = 1120,
            MarginRate = 1.11984,
            MoneyDigits = 2,
            UtcLastUpdateTimestamp = Start,
        };

    private IMessage Authorise(ProtoOAAccountAuthReq request)
    {
        lock (_gate)
        {
            if (!Tokens.Contains(request.AccessToken))
            {
                return Refusal("CH_ACCESS_TOKEN_INVALID", "Invalid access token");
            }

            Logins++;
            return new ProtoOAAccountAuthRes { CtidTraderAccountId = request.CtidTraderAccountId };
        }
    }

    private IMessage Refresh(ProtoOARefreshTokenReq request)
    {
        lock (_gate)
        {
            if (request.RefreshToken != RefreshToken)
            {
                return Refusal("CH_ACCESS_TOKEN_INVALID", "Invalid refresh token");
            }

            var next = int.Parse(RefreshToken.Split('-')[1]) + 1;
            RefreshToken = $"refresh-{next}";
            Tokens.Clear();
            Tokens.Add($"access-{next}");
            return new ProtoOARefreshTokenRes
            {
                AccessToken = $"access-{next}",
                TokenType = "bearer",
                ExpiresIn = 2_628_000,
                RefreshToken = RefreshToken,
            };
        }
    }

    private static ProtoOAAssetListRes Assets() =>
        new()
        {
            CtidTraderAccountId = Id,
            Asset = { Asset(1, "USD"), Asset(2, "EUR"), Asset(3, "GBP"), Asset(4, "JPY"), Asset(5, "XAU") },
        };

    private static ProtoOAAsset Asset(long id, string name) => new() { AssetId = id, Name = name };

    private static ProtoOASymbolsListRes Symbols() =>
        new()
        {
            CtidTraderAccountId = Id,
            Symbol =
            {
                Symbol(Eurusd, "EURUSD", 2, 1),
                Symbol(Gbpjpy, "GBPJPY", 3, 4),
                Symbol(Xauusd, "XAUUSD", 5, 1),
                Symbol(3, "USDJPY", 1, 4),
            },
        };

    private static ProtoOALightSymbol Symbol(long id, string name, long baseAsset, long quoteAsset) =>
        new()
        {
            SymbolId = id,
            SymbolName = name,
            Enabled = true,
            BaseAssetId = baseAsset,
            QuoteAssetId = quoteAsset,
            SymbolCategoryId = 5,
        };

    private static ProtoOASymbolByIdRes Specifications(ProtoOASymbolByIdReq request)
    {
        var answer = new ProtoOASymbolByIdRes { CtidTraderAccountId = Id };
        answer.Symbol.AddRange(
            request.SymbolId.Select(id => new ProtoOASymbol
            {
                SymbolId = id,
                Digits = id switch
                {
                    Eurusd => 5,
                    Xauusd => 2,
                    _ => 3,
                },
                PipPosition = 4,
                LotSize = 10_000_000,
                MinVolume = 100_000,
                StepVolume = 100_000,
                MaxVolume = 10_000_000_000,
            })
        );
        return answer;
    }

    private static IMessage Conversion(ProtoOASymbolsForConversionReq request) =>
        new ProtoOASymbolsForConversionRes
        {
            CtidTraderAccountId = Id,
            Symbol = { Symbol(3, "USDJPY", request.LastAssetId, request.FirstAssetId) },
        };

    private ProtoOAReconcileRes Open()
    {
        lock (_gate)
        {
            var open = new ProtoOAReconcileRes { CtidTraderAccountId = Id };
            open.Position.AddRange(Positions);
            open.Order.AddRange(Orders);
            return open;
        }
    }

    private ProtoOADealListRes DealPage(ProtoOADealListReq request)
    {
        lock (_gate)
        {
            var found = Deals
                .Where(deal =>
                    deal.ExecutionTimestamp >= request.FromTimestamp && deal.ExecutionTimestamp <= request.ToTimestamp
                )
                .OrderByDescending(deal => deal.ExecutionTimestamp)
                .ToArray();
            var page = new ProtoOADealListRes { CtidTraderAccountId = Id, HasMore = found.Length > PageSize };
            page.Deal.AddRange(found.Take(PageSize));
            return page;
        }
    }

    private ProtoOAOrderListRes OrderPage(ProtoOAOrderListReq request)
    {
        lock (_gate)
        {
            var found = PastOrders
                .Where(order =>
                    order.UtcLastUpdateTimestamp >= request.FromTimestamp
                    && order.UtcLastUpdateTimestamp <= request.ToTimestamp
                )
                .OrderByDescending(order => order.UtcLastUpdateTimestamp)
                .ThenByDescending(order => order.OrderId)
                .ToArray();
            var page = new ProtoOAOrderListRes { CtidTraderAccountId = Id, HasMore = found.Length > PageSize };
            page.Order.AddRange(found.Take(PageSize));
            return page;
        }
    }

    private IMessage OrderOf(ProtoOAOrderDetailsReq request) =>
        PastOrders.Find(order => order.OrderId == request.OrderId) is { } order
            ? new ProtoOAOrderDetailsRes { CtidTraderAccountId = Id, Order = order }
            : Refusal("ORDER_NOT_FOUND", $"Order not found with id {request.OrderId}");

    private ProtoOACashFlowHistoryListRes CashFlow(ProtoOACashFlowHistoryListReq request)
    {
        var list = new ProtoOACashFlowHistoryListRes { CtidTraderAccountId = Id };
        list.DepositWithdraw.AddRange(
            Movements.Where(movement =>
                movement.ChangeBalanceTimestamp >= request.FromTimestamp
                && movement.ChangeBalanceTimestamp <= request.ToTimestamp
            )
        );
        return list;
    }
}
