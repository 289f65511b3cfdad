using Npgsql;

namespace Trading.Postgres;

/// <summary>Makes the pools of connections to PostgreSQL. A connection is only handed out when it leads to a server that takes
/// writes; when one that did turns out to do so no longer, every pool lets go of all it has (<see cref="WrongServers"/>).
/// </summary>
public static class PostgresPools
{
    private const int DefaultRecheckSeconds = 10;
    private const int RecheckSeconds = 1;

    /// <summary>A pool whose sessions are all alike.</summary>
    /// <param name="address">Where to, as whom, and how many.</param>
    /// <param name="session">What each session is like.</param>
    public static NpgsqlDataSource Open(NpgsqlConnectionStringBuilder address, SessionSettings session)
    {
        var sql = session.Sql;
        var settings = new NpgsqlConnectionStringBuilder(address.ConnectionString);
        // A reset would undo what is stated here; whatever else a caller sets is then local to its transaction.
        settings.NoResetOnClose |= sql.Length > 0;
        if (settings.HostRecheckSeconds == DefaultRecheckSeconds)
        {
            // Of several hosts: for how long it is remembered which one takes writes.
            settings.HostRecheckSeconds = RecheckSeconds;
        }

        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.UsePhysicalConnectionInitializer(
            connection =>
            {
                Check(connection, session);
                if (sql.Length > 0)
                {
                    using var command = new NpgsqlCommand(sql, connection);
                    command.ExecuteNonQuery();
                }
            },
            async connection =>
            {
                Check(connection, session);
                if (sql.Length > 0)
                {
                    await using var command = new NpgsqlCommand(sql, connection);
                    await command.ExecuteNonQueryAsync();
                }
            }
        );
        var pool = builder.Build();
        WrongServers.Watch(pool);
        return pool;
    }

    /// <summary>The same of a connection string.</summary>
    /// <exception cref="ArgumentException">It is not usable.</exception>
    public static NpgsqlDataSource Open(string connectionString, SessionSettings? session = null) =>
        Open(new NpgsqlConnectionStringBuilder(connectionString), session ?? new());

    private static void Check(NpgsqlConnection connection, SessionSettings session)
    {
        if (!session.ReadOnly && WrongServers.IsOne(connection))
        {
            throw new WrongServerException($"{connection.Host}:{connection.Port}");
        }
    }
}
