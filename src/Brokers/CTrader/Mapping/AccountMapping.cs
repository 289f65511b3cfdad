using Trading.Domain.Events;
using Trading.Domain.Ports;
using Trading.Protocol.CTrader;

namespace Trading.Brokers.CTrader.Mapping;

/// <summary>The account and its money in our words.</summary>
internal static class AccountMapping
{
    /// <summary>The account's settings, balance and bonuses. Whose account it is only the session knows.</summary>
    public static AccountState ToState(
        this ProtoOATrader trader,
        BrokerEnvironment environment,
        SymbolDirectory symbols,
        BrokerMessage source
    )
    {
        var accountId = trader.CtidTraderAccountId.ToString();
        return new AccountState(
            new AccountDescribed
            {
                AccountId = accountId,
                Environment = environment,
                Currency = symbols.Asset(trader.DepositAssetId),
                MoneyDigits = trader.Money(0).Scale,
                Login = TradeMapping.Id(trader.TraderLogin),
                BrokerName = trader.BrokerName,
                AccountType = WireNames.AccountType.Of((int)trader.AccountType),
                AccessRights = WireNames.AccessRights.Of((int)trader.AccessRights),
                MarginRule = ToRule(trader),
                RegisteredAtMs = trader.RegistrationTimestamp,
                Source = source,
            },
            trader.Money(trader.Balance),
            trader.BalanceVersion,
            trader.LeverageInCents,
            new BonusChanged
            {
                AccountId = accountId,
                ManagerBonus = trader.Money(trader.ManagerBonus),
                IbBonus = trader.Money(trader.IbBonus),
                NonWithdrawableBonus = trader.Money(trader.NonWithdrawableBonus),
                Source = source,
            },
            source
        );
    }

    /// <summary>A deposit or a withdrawal.</summary>
    public static CashMovement ToMovement(
        this ProtoOADepositWithdraw movement,
        BrokerMessage source,
        DateTimeOffset now
    )
    {
        var operation = WireNames.BalanceOperation.Of((int)movement.OperationType).ToUpperInvariant();
        // Whether the broker signs what goes out is not documented; its kind leaves no doubt.
        var delta = operation.StartsWith("BALANCE_WITHDRAW", StringComparison.Ordinal)
            ? -Math.Abs(movement.Delta)
            : movement.Delta;
        return new CashMovement(
            TradeMapping.Id(movement.BalanceHistoryId),
            operation,
            movement.Money(delta),
            movement.Money(movement.Balance),
            movement.BalanceVersion,
            movement.ExternalNote,
            BrokerNumber.Moment(movement.ChangeBalanceTimestamp, now),
            source
        );
    }

    /// <summary>Bonuses after a movement, which does not speak of the part that can never be withdrawn.</summary>
    public static BonusChanged ToChanged(
        this ProtoOABonusDepositWithdraw movement,
        string accountId,
        DecimalValue? nonWithdrawable,
        BrokerMessage source
    ) =>
        new()
        {
            AccountId = accountId,
            ManagerBonus = BrokerNumber.Money(movement.ManagerBonus, movement.HasMoneyDigits, movement.MoneyDigits),
            IbBonus = BrokerNumber.Money(movement.IbBonus, movement.HasMoneyDigits, movement.MoneyDigits),
            NonWithdrawableBonus = nonWithdrawable,
            Source = source,
        };

    private static DecimalValue Money(this ProtoOATrader trader, long value) =>
        BrokerNumber.Money(value, trader.HasMoneyDigits, trader.MoneyDigits);

    private static DecimalValue Money(this ProtoOADepositWithdraw movement, long value) =>
        BrokerNumber.Money(value, movement.HasMoneyDigits, movement.MoneyDigits);

    private static MarginRule ToRule(ProtoOATrader trader) =>
        trader switch
        {
            { HasTotalMarginCalculationType: false } => MarginRule.Unspecified,
            { TotalMarginCalculationType: ProtoOATotalMarginCalculationType.Max } => MarginRule.Max,
            { TotalMarginCalculationType: ProtoOATotalMarginCalculationType.Sum } => MarginRule.Sum,
            { TotalMarginCalculationType: ProtoOATotalMarginCalculationType.Net } => MarginRule.Net,
            _ => MarginRule.Unspecified,
        };
}
