using Npgsql;

namespace Trading.Postgres;

/// <summary>Finds out whether between us and the server there is a pooler (PgBouncer and its like) that gives every transaction
/// another session of the server. Roles, locks, notifications and prepared statements belong to a session: behind such a pooler
/// they are somebody else's.</summary>
public static class TransactionPooler
{
    /// <summary>What is wrong and what to do, in one sentence.</summary>
    public const string Refusal =
        "The connection string leads to a pooler that gives every transaction another server session (PgBouncer's transaction or "
        + "statement mode): use the pooler's session mode, or connect to the server itself.";

    private const int AnswerSeconds = 10;
    private const int Rounds = 3;

    // Whose session: its process and when that began tell it from all others, and the mark is gone when anybody reset it.
    private const string Who = """
        SELECT pg_backend_pid(),
               (SELECT a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()),
               current_setting('trading.session_mark', true)
        """;

    /// <summary>Looks, over two connections of its own. A session that stays ours, whatever else is connected, is what a server
    /// or a pooler in session mode gives; that never looks otherwise.</summary>
    /// <exception cref="NpgsqlException">The database cannot be reached.</exception>
    public static async Task<bool> IsInFrontAsync(string connectionString, CancellationToken cancellation)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Enlist = false,
            MaxAutoPrepare = 0,
            CommandTimeout = AnswerSeconds,
            ApplicationName = "trading-pooler-check",
        };
        await using var source = NpgsqlDataSource.Create(address.ConnectionString);
        await using var one = await source.OpenConnectionAsync(cancellation);
        await using var other = await source.OpenConnectionAsync(cancellation);
        try
        {
            return await AreSharedAsync(one, other, cancellation);
        }
        catch (PostgresException refused) when (IsOfStatementMode(refused))
        {
            return true;
        }
    }

    private static async Task<bool> AreSharedAsync(
        NpgsqlConnection one,
        NpgsqlConnection other,
        CancellationToken cancellation
    )
    {
        var mark = Guid.NewGuid().ToString("N");
        await using (var set = new NpgsqlCommand("SELECT set_config('trading.session_mark', $1, false)", one))
        {
            set.Parameters.Add(new NpgsqlParameter<string> { TypedValue = mark });
            await set.ExecuteNonQueryAsync(cancellation);
        }

        var first = await WhoAsync(one, cancellation);
        for (var round = 0; round < Rounds; round++)
        {
            // While a transaction is open its session is taken: a pooler that shares must give the next one another.
            await using var transaction = await other.BeginTransactionAsync(cancellation);
            var held = await WhoAsync(other, cancellation);
            if (held.IsSameAs(first) || held.Mark == mark)
            {
                return true;
            }

            var now = await WhoAsync(one, cancellation);
            if (!now.IsSameAs(first) || now.Mark != mark)
            {
                return true;
            }

            await transaction.RollbackAsync(cancellation);
        }

        return first.Mark != mark;
    }

    private static async Task<Session> WhoAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Who, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return new(
            reader.GetInt32(0),
            await reader.IsDBNullAsync(1, cancellation) ? default : reader.GetDateTime(1),
            await reader.IsDBNullAsync(2, cancellation) ? "" : reader.GetString(2)
        );
    }

    private static bool IsOfStatementMode(PostgresException refused) =>
        refused.SqlState == PostgresErrorCodes.ProtocolViolation
        && refused.MessageText.Contains("pooling mode", StringComparison.OrdinalIgnoreCase);

    private sealed record Session(int Process, DateTime Begun, string Mark)
    {
        public bool IsSameAs(Session other) => Process == other.Process && Begun == other.Begun;
    }
}
