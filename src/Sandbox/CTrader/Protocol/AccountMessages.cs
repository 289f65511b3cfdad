using Google.Protobuf;
using Trading.Protocol.CTrader;
using Trading.Sandbox.CTrader.Engine;

namespace Trading.Sandbox.CTrader.Protocol;

/// <summary>Messages about accounts and instruments.</summary>
internal static class AccountMessages
{
    public const string BrokerName = "Sandbox Markets";

    // The real server sends fields the published schema does not know; clients have to skip them.
    private static readonly byte[] s_unknownOfTrader = [0xB8, 0x01, 0x04];
    private static readonly byte[] s_unknownOfSymbol = [0xC8, 0x02, 0x01];

    public static ProtoOATrader Of(Account a)
    {
        var message = new ProtoOATrader
        {
            CtidTraderAccountId = a.Id,
            Balance = a.Balance,
            BalanceVersion = a.BalanceVersion,
            ManagerBonus = 0,
            IbBonus = 0,
            NonWithdrawableBonus = 0,
            AccessRights = a.AccessRights,
            DepositAssetId = a.Currency.Id,
            SwapFree = a.SwapFree,
            LeverageInCents = a.LeverageInCents,
            TotalMarginCalculationType = a.MarginRule,
            MaxLeverage = a.LeverageInCents,
            TraderLogin = a.Login,
            AccountType = a.Type,
            BrokerName = BrokerName,
            RegistrationTimestamp = a.RegisteredAt,
            IsLimitedRisk = false,
            MoneyDigits = Amounts.MoneyDigits,
            FairStopOut = true,
            StopOutStrategy = a.StopOutStrategy,
        };
        message.MergeFrom(s_unknownOfTrader);
        return message;
    }

    public static ProtoOAMarginCall Of(int type, MarginCallLevel level) =>
        new()
        {
            MarginCallType = (ProtoOANotificationType)type,
            MarginLevelThreshold = (double)level.Threshold,
            UtcLastUpdateTimestamp = level.UpdatedAt,
        };

    public static ProtoOACtidTraderAccount Listed(Account a)
    {
        var message = new ProtoOACtidTraderAccount
        {
            CtidTraderAccountId = (ulong)a.Id,
            IsLive = a.IsLive,
            TraderLogin = a.Login,
            BrokerTitleShort = BrokerName,
        };
        if (a.Deals.FindLast(d => d.Close is not null) is { } closing)
        {
            message.LastClosingDealTimestamp = closing.ExecutedAt;
        }

        if (a.CashFlows.Count > 0)
        {
            message.LastBalanceUpdateTimestamp = a.CashFlows[^1].Time;
        }

        return message;
    }

    public static ProtoOALightSymbol Light(SymbolSpec s) =>
        new()
        {
            SymbolId = s.Id,
            SymbolName = s.Name,
            Enabled = true,
            BaseAssetId = s.Base.Id,
            QuoteAssetId = s.Quote.Id,
            SymbolCategoryId = s.CategoryId,
            Description = s.Description,
            SortingNumber = s.Id,
        };

    public static ProtoOASymbol Full(Symbol symbol)
    {
        var s = symbol.Spec;
        var message = new ProtoOASymbol
        {
            SymbolId = s.Id,
            Digits = s.Digits,
            PipPosition = s.PipPosition,
            EnableShortSelling = true,
            GuaranteedStopLoss = false,
            SwapRollover3Days = WeekDay.Wednesday,
            SwapLong = (double)s.SwapLong,
            SwapShort = (double)s.SwapShort,
            MaxVolume = s.MaxVolume,
            MinVolume = s.MinVolume,
            StepVolume = s.StepVolume,
            MaxExposure = (ulong)s.MaxExposure,
            CommissionType = s.CommissionType,
            SlDistance = 0,
            TpDistance = 0,
            DistanceSetIn = ProtoOASymbolDistanceType.SymbolDistanceInPoints,
            MinCommissionType = ProtoOAMinCommissionType.Currency,
            MinCommissionAsset = "USD",
            RolloverCommission = s.RolloverCommission,
            SkipRolloverDays = 3,
            ScheduleTimeZone = s.ScheduleTimeZone,
            TradingMode = symbol.TradingMode,
            RolloverCommission3Days = WeekDay.Wednesday,
            SwapCalculationType = s.SwapType,
            LotSize = s.LotSize,
            PreciseTradingCommissionRate = s.CommissionRate,
            PreciseMinCommission = 0,
            PnlConversionFeeRate = s.PnlConversionFeeRate,
            LeverageId = s.LeverageId,
            SwapPeriod = 24,
            SwapTime = 1_259,
            SkipSWAPPeriods = 0,
            ChargeSwapAtWeekends = false,
            MeasurementUnits = s.MeasurementUnits ?? "",
        };
        message.Schedule.AddRange(
            s.Schedule.Select(i => new ProtoOAInterval { StartSecond = i.Start, EndSecond = i.End })
        );
        message.MergeFrom(s_unknownOfSymbol);
        return message;
    }
}
