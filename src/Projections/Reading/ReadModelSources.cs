using Npgsql;
using Trading.Postgres;

namespace Trading.Projections.Reading;

/// <summary>Connections to the read models, one pool for each database role. None of them can do what its role may
/// not.</summary>
public sealed class ReadModelSources : IAsyncDisposable
{
    private ReadModelSources(
        NpgsqlDataSource api,
        NpgsqlDataSource @operator,
        NpgsqlDataSource projector,
        NpgsqlDataSource owner
    )
    {
        Owner = owner;
        Api = api;
        Operator = @operator;
        Projector = projector;
    }

    /// <summary>Reads one user's rows: row-level security hides all others.</summary>
    public NpgsqlDataSource Api { get; }

    /// <summary>Reads the rows of all users. Only for callers that hold the operator's key.</summary>
    public NpgsqlDataSource Operator { get; }

    /// <summary>Writes read models and checkpoints.</summary>
    public NpgsqlDataSource Projector { get; }

    /// <summary>Makes, swaps and drops tables, as the login itself.</summary>
    internal NpgsqlDataSource Owner { get; }

    /// <summary>Opens the pools. The login of the connection string must be a member of the roles, as
    /// the migration of the read schema makes it.</summary>
    /// <param name="connectionString">A plain connection string, without <c>Options</c>.</param>
    /// <param name="apiConnections">Most connections of the API's pool, 1 to 1000.</param>
    public static ReadModelSources Open(string connectionString, int apiConnections = 16) =>
        new(
            Source(connectionString, "trading_api", settings => settings.MaxPoolSize = apiConnections),
            Source(connectionString, "trading_operator", settings => settings.MaxPoolSize = 4),
            Source(
                connectionString,
                "trading_projector",
                settings =>
                {
                    // A projector's connection holds a lock: it must really close, not go back to a pool.
                    settings.Pooling = false;
                },
                // Rows and checkpoint are lost together, if at all, and the log still has the events.
                ("synchronous_commit", "off")
            ),
            Source(
                connectionString,
                null,
                settings =>
                {
                    settings.MaxPoolSize = 16;
                    // Tables come and go: a statement prepared for one may be of no use to the next.
                    settings.MaxAutoPrepare = 0;
                }
            )
        );

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Operator.DisposeAsync();
        await Projector.DisposeAsync();
        await Owner.DisposeAsync();
    }

    private static NpgsqlDataSource Source(
        string connectionString,
        string? role,
        Action<NpgsqlConnectionStringBuilder> shape,
        params (string Name, string Value)[] parameters
    )
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = role ?? "trading_rebuild",
            MaxAutoPrepare = 64,
            AutoPrepareMinUsages = 2,
        };
        shape(settings);
        return PostgresPools.Open(
            settings,
            new()
            {
                Role = role,
                Parameters = parameters
                    .Append(("search_path", "pg_catalog"))
                    .ToDictionary(one => one.Item1, one => one.Item2),
            }
        );
    }
}
