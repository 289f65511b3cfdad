using System.Text.Json;
using Trading.Domain.Events;
using Trading.Projections.Accounts;
using Trading.Projections.Orders;

namespace Trading.Projections.TimeTravel;

/// <summary>What is worth telling about an account, its positions and its orders: by the names and in the units of the
/// answers.</summary>
public static class AccountFigures
{
    internal static readonly Figures<AccountView> OfAccount = new(
        Figure<AccountView>.Of("selectedOffset", row => row.SelectedOffset),
        Figure<AccountView>.Of("environment", row => row.Environment),
        Figure<AccountView>.Of("login", row => row.Login),
        Figure<AccountView>.Of("broker", row => row.BrokerName),
        Figure<AccountView>.Of("currency", row => row.Currency),
        Figure<AccountView>.Of("moneyDigits", row => row.MoneyDigits),
        Figure<AccountView>.Of("accountType", row => row.AccountType),
        Figure<AccountView>.Of("accessRights", row => row.AccessRights),
        Figure<AccountView>.Of("marginRule", row => row.MarginRule),
        Figure<AccountView>.Of("registeredAt", row => row.RegisteredAt),
        Figure<AccountView>.Of("balance", row => row.Balance),
        Figure<AccountView>.Of("balanceVersion", row => row.BalanceVersion),
        Figure<AccountView>.Of("leverage", row => row.LeverageInCents / 100m),
        Figure<AccountView>.Of("managerBonus", row => row.ManagerBonus),
        Figure<AccountView>.Of("ibBonus", row => row.IbBonus),
        Figure<AccountView>.Of("nonWithdrawableBonus", row => row.NonWithdrawableBonus)
    );

    internal static readonly Figures<HeldPosition> OfPosition = new(
        Figure<HeldPosition>.Of("symbol", held => held.Position.Symbol.Value),
        Figure<HeldPosition>.Of("side", held => held.Position.Side),
        Figure<HeldPosition>.Of("volume", held => held.Position.Volume / 100m),
        Figure<HeldPosition>.Of("entryPrice", held => held.Position.Price),
        Figure<HeldPosition>.Of("stopLoss", held => held.StopLoss),
        Figure<HeldPosition>.Of("takeProfit", held => held.TakeProfit),
        Figure<HeldPosition>.Of("swap", held => held.Position.Swap),
        Figure<HeldPosition>.Of("commission", held => held.Position.Commission),
        Figure<HeldPosition>.Of("usedMargin", held => held.Position.UsedMargin),
        Figure<HeldPosition>.Of("marginRate", held => held.Position.MarginRate),
        Figure<HeldPosition>.Of("openedAt", held => held.OpenedAt),
        Figure<HeldPosition>.Of("label", held => held.Label),
        Figure<HeldPosition>.Of("comment", held => held.Comment),
        Figure<HeldPosition>.Of("guaranteedStopLoss", held => held.GuaranteedStopLoss),
        Figure<HeldPosition>.Of("trailingStopLoss", held => held.TrailingStopLoss)
    );

    internal static readonly Figures<OrderView> OfOrder = new(
        Figure<OrderView>.Of("symbol", order => order.Symbol.Value),
        Figure<OrderView>.Of("side", order => order.Side),
        Figure<OrderView>.Of("type", order => order.Type),
        Figure<OrderView>.Of("status", order => order.Status),
        Figure<OrderView>.Of("volume", order => order.Volume / 100m),
        Figure<OrderView>.Of("executedVolume", order => order.ExecutedVolume / 100m),
        Figure<OrderView>.Of("limitPrice", order => order.LimitPrice),
        Figure<OrderView>.Of("stopPrice", order => order.StopPrice),
        Figure<OrderView>.Of("executionPrice", order => order.ExecutionPrice),
        Figure<OrderView>.Of("stopLoss", order => order.StopLoss),
        Figure<OrderView>.Of("takeProfit", order => order.TakeProfit),
        Figure<OrderView>.Of("expiresAt", order => order.ExpiresAt),
        Figure<OrderView>.Of("refusalCode", order => order.RefusalCode)
    );

    /// <summary>What differs between two states of one account, positions included.</summary>
    /// <param name="before">Null before the account was known.</param>
    /// <param name="after">Null only when <paramref name="before"/> is.</param>
    /// <param name="changes">Where to add.</param>
    public static void Compare(AccountView? before, AccountView? after, List<FigureChange> changes)
    {
        OfAccount.Compare("", before, after, changes);
        if (ReferenceEquals(before?.Positions, after?.Positions))
        {
            return;
        }

        foreach (var held in after?.Positions ?? [])
        {
            OfPosition.Compare(PrefixOf(held), Same(held, before), held, changes);
        }

        foreach (var held in before?.Positions ?? [])
        {
            if (Same(held, after) is null)
            {
                OfPosition.Compare(PrefixOf(held), held, null, changes);
            }
        }
    }

    /// <summary>What differs between two states of one order.</summary>
    /// <param name="before">Null before it was known.</param>
    /// <param name="after">Null only when <paramref name="before"/> is.</param>
    /// <param name="changes">Where to add.</param>
    public static void Compare(OrderView? before, OrderView? after, List<FigureChange> changes)
    {
        if ((after ?? before) is { } order)
        {
            OfOrder.Compare(PrefixOf(order), before, after, changes);
        }
    }

    /// <summary>Writes a figure's value as JSON: enumerations as words, numbers digit for digit.</summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            default:
                writer.WriteStringValue(Text(value));
                break;
        }
    }

    /// <summary>A figure's value for people.</summary>
    public static string Text(object? value) =>
        value switch
        {
            null => "–",
            DateTimeOffset time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", null),
            BrokerEnvironment or Side or MarginRule or OrderStatus => JsonNamingPolicy.CamelCase.ConvertName(
                value.ToString()!
            ),
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };

    /// <summary>Stands before the figures of a position.</summary>
    internal static string PrefixOf(HeldPosition held) => $"positions.{held.Position.Id}.";

    /// <summary>Stands before the figures of an order.</summary>
    internal static string PrefixOf(OrderView order) => $"orders.{order.Id}.";

    /// <summary>The same position in another state of its account; null when it is not there.</summary>
    internal static HeldPosition? Same(HeldPosition held, AccountView? account)
    {
        foreach (var other in account?.Positions ?? [])
        {
            if (other.Position.Id == held.Position.Id)
            {
                return other;
            }
        }

        return null;
    }
}
