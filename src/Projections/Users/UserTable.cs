using NpgsqlTypes;
using Trading.Domain;
using Trading.Projections.Reading;
using Trading.Projections.Rows;
using static Trading.Projections.Rows.Table<Trading.Projections.Users.UserView>;

namespace Trading.Projections.Users;

/// <summary>The columns of users.sql.</summary>
internal static class UserTable
{
    public static Table<UserView> Table { get; } =
        new(
            ["user_key"],
            [
                Of("user_key", "text", NpgsqlDbType.Text, row => row.User.Value),
                Of("email_key", "text", NpgsqlDbType.Text, row => row.EmailKey?.Value),
                Of("sealed_user_id", "bytea", NpgsqlDbType.Bytea, row => row.SealedUserId.ToArray()),
                Of("sealed_email", "bytea", NpgsqlDbType.Bytea, row => row.SealedEmail.ToArray()),
            ],
            reader =>
                new()
                {
                    User = reader.User(0),
                    EmailKey = reader.Text(1) is { } email ? UserKey.Parse(email) : null,
                    SealedUserId = reader.Bytes(2)!,
                    SealedEmail = reader.Bytes(3)!,
                    Stamp = reader.StampAt(4),
                }
        );
}
