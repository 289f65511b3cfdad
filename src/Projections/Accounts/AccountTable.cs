using System.Text.Json;
using NpgsqlTypes;
using Trading.Domain.Events;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Accounts.AccountView>;

namespace Trading.Projections.Accounts;

/// <summary>The columns of accounts.sql.</summary>
internal static class AccountTable
{
    public static Table<AccountView> Table { get; } =
        new(
            ["user_key", "account_id"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("account_id", "text", NpgsqlDbType.Text, row => row.Account.Value),
                Of("selected_offset", "bigint", NpgsqlDbType.Bigint, row => row.SelectedOffset),
                Of("environment", "text", NpgsqlDbType.Text, row => Words.Of(row.Environment)),
                Of("currency", "text", NpgsqlDbType.Text, row => row.Currency),
                Of("money_digits", "int", NpgsqlDbType.Integer, row => row.MoneyDigits),
                Of("login", "text", NpgsqlDbType.Text, row => row.Login),
                Of("broker_name", "text", NpgsqlDbType.Text, row => row.BrokerName),
                Of("account_type", "text", NpgsqlDbType.Text, row => row.AccountType),
                Of("access_rights", "text", NpgsqlDbType.Text, row => row.AccessRights),
                Of("margin_rule", "text", NpgsqlDbType.Text, row => Words.Of(row.MarginRule)),
                Of("registered_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.RegisteredAt?.UtcDateTime),
                Of("balance", "numeric", NpgsqlDbType.Numeric, row => row.Balance),
                Of("balance_version", "bigint", NpgsqlDbType.Bigint, row => row.BalanceVersion),
                Of("leverage_in_cents", "bigint", NpgsqlDbType.Bigint, row => (long)row.LeverageInCents),
                Of("manager_bonus", "numeric", NpgsqlDbType.Numeric, row => row.ManagerBonus),
                Of("ib_bonus", "numeric", NpgsqlDbType.Numeric, row => row.IbBonus),
                Of("non_withdrawable_bonus", "numeric", NpgsqlDbType.Numeric, row => row.NonWithdrawableBonus),
                Of(
                    "positions",
                    "json",
                    NpgsqlDbType.Json,
                    row => JsonSerializer.Serialize(row.Positions, ReadJson.Default.IReadOnlyListHeldPosition)
                ),
                Of("position_count", "int", NpgsqlDbType.Integer, row => row.Positions.Count),
                // Long and seldom changed: written only when it is new.
                Of("markets", "bytea", NpgsqlDbType.Bytea, row => row.MarketsChanged ? row.Markets : null) with
                {
                    Merge = "coalesce(excluded.markets, t.markets)",
                    Stored = row => row.Markets,
                },
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    Account = new(reader.GetString(1)),
                    SelectedOffset = reader.GetInt64(2),
                    Environment = reader.Environment(3),
                    Currency = reader.GetString(4),
                    MoneyDigits = reader.GetInt32(5),
                    Login = reader.GetString(6),
                    BrokerName = reader.GetString(7),
                    AccountType = reader.GetString(8),
                    AccessRights = reader.GetString(9),
                    MarginRule = reader.Word<MarginRule>(10),
                    RegisteredAt = reader.Moment(11),
                    Balance = reader.Number(12),
                    BalanceVersion = reader.GetInt64(13),
                    LeverageInCents = (uint)reader.GetInt64(14),
                    ManagerBonus = reader.GetDecimal(15),
                    IbBonus = reader.GetDecimal(16),
                    NonWithdrawableBonus = reader.GetDecimal(17),
                    Positions = JsonSerializer.Deserialize(
                        reader.GetString(18),
                        ReadJson.Default.IReadOnlyListHeldPosition
                    )!,
                    Markets = reader.Bytes(20),
                    Stamp = reader.StampAt(21),
                }
        );
}
