using System.Text.Json;
using NpgsqlTypes;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Sessions.SessionView>;

namespace Trading.Projections.Sessions;

/// <summary>The columns of sessions.sql.</summary>
internal static class SessionTable
{
    public static Table<SessionView> Table { get; } =
        new(
            ["user_key"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("state", "text", NpgsqlDbType.Text, row => Words.Of(row.State)),
                Of("broker", "text", NpgsqlDbType.Text, row => row.Broker),
                Of("account_id", "text", NpgsqlDbType.Text, row => row.Account?.Value),
                Of("environment", "text", NpgsqlDbType.Text, row => Words.Of(row.Environment)),
                Of("requested_by", "text", NpgsqlDbType.Text, row => row.RequestedBy),
                Of("attempts", "int", NpgsqlDbType.Integer, row => row.Attempts),
                Of("reason", "text", NpgsqlDbType.Text, row => row.Reason),
                Of("code", "text", NpgsqlDbType.Text, row => row.Code),
                Of("connected_at", "timestamptz", NpgsqlDbType.TimestampTz, row => row.ConnectedAt?.UtcDateTime),
                Of("has_credentials", "bool", NpgsqlDbType.Boolean, row => row.HasCredentials),
                Of("scope", "text", NpgsqlDbType.Text, row => row.Scope),
                Of(
                    "credentials_expire_at",
                    "timestamptz",
                    NpgsqlDbType.TimestampTz,
                    row => row.CredentialsExpireAt?.UtcDateTime
                ),
                Of(
                    "granted_accounts",
                    "json",
                    NpgsqlDbType.Json,
                    row =>
                        JsonSerializer.Serialize(row.GrantedAccounts, ReadJson.Default.IReadOnlyListGrantedAccountView)
                ),
                Of(
                    "subscriptions",
                    "json",
                    NpgsqlDbType.Json,
                    row => JsonSerializer.Serialize(row.Subscriptions, ReadJson.Default.IReadOnlyListString)
                ),
                Of("owner", "text", NpgsqlDbType.Text, row => row.Owner),
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    State = reader.Word<SessionState>(1),
                    Broker = reader.GetString(2),
                    Account = reader.Text(3) is { } account ? new(account) : null,
                    Environment = reader.Environment(4),
                    RequestedBy = reader.GetString(5),
                    Attempts = reader.GetInt32(6),
                    Reason = reader.GetString(7),
                    Code = reader.GetString(8),
                    ConnectedAt = reader.Moment(9),
                    HasCredentials = reader.GetBoolean(10),
                    Scope = reader.GetString(11),
                    CredentialsExpireAt = reader.Moment(12),
                    GrantedAccounts = JsonSerializer.Deserialize(
                        reader.GetString(13),
                        ReadJson.Default.IReadOnlyListGrantedAccountView
                    )!,
                    Subscriptions = JsonSerializer.Deserialize(
                        reader.GetString(14),
                        ReadJson.Default.IReadOnlyListString
                    )!,
                    Owner = reader.GetString(15),
                    Stamp = reader.StampAt(16),
                }
        );
}
