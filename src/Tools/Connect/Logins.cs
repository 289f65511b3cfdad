using Npgsql;
using Trading.EventStore;
using Trading.Postgres;

namespace Trading.Tools.Connect;

/// <summary>Logins for the verbs that write, or that read what not every reader may.</summary>
internal static class Logins
{
    /// <summary>A pool for a login that was granted a role; the verb takes the role itself.</summary>
    /// <exception cref="ToolException">The login was not granted it, or the connection string is not usable.</exception>
    public static async Task<NpgsqlDataSource> WithAsync(
        string connectionString,
        string role,
        CancellationToken cancellation
    )
    {
        var pool = Open(connectionString, role: null);
        await using var command = pool.CreateCommand(
            "SELECT to_regrole($1) IS NULL OR pg_has_role(current_user, to_regrole($1)::oid, 'member'), current_user::text"
        );
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = role });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var (granted, login) = (reader.GetBoolean(0), reader.GetString(1));
        await reader.DisposeAsync();
        if (granted)
        {
            return pool;
        }

        await pool.DisposeAsync();
        throw new ToolException(
            $"This verb needs the role {role}, which the login {login} was not granted: GRANT {role} TO {login}"
        );
    }

    /// <summary>A pool on which every connection has taken a role.</summary>
    /// <exception cref="ToolException">The connection string is not usable.</exception>
    public static NpgsqlDataSource As(string connectionString, string role) => Open(connectionString, role);

    private static NpgsqlDataSource Open(string connectionString, string? role)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString)
            {
                ApplicationName = "trading-tools",
                // A bulk load or a lock held by a long reader takes as long as it takes; Ctrl-C ends it.
                CommandTimeout = 0,
            };
            return PostgresPools.Open(builder, new() { Role = role });
        }
        catch (ArgumentException wrong)
        {
            throw new ToolException($"The connection string is not usable: {wrong.Message}");
        }
    }

    /// <summary>The roles by what they are for, in the words of help texts.</summary>
    public const string OwnerNote = $"Role needed: {EventStoreSchema.OwnerRole} (the service's own login has it).";
}
