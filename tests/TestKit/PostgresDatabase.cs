using System.Globalization;
using Npgsql;
using Xunit;

namespace Trading.TestKit;

/// <summary>
/// A database of its own on the cluster of the run, empty at the start and dropped at the end. Use it as
/// <c>IClassFixture&lt;PostgresDatabase&gt;</c>, or make further ones with <see cref="CreateAsync"/>.
/// </summary>
public sealed class PostgresDatabase : IAsyncLifetime, IAsyncDisposable
{
    private NpgsqlDataSource? dataSource;
    private string? connectionString;

    /// <summary>The database's name, unique in the cluster.</summary>
    public string Name { get; } =
        string.Create(CultureInfo.InvariantCulture, $"t_{Environment.ProcessId}_{Guid.NewGuid():N}");

    /// <summary>The connection string of a superuser for this database.</summary>
    public string ConnectionString => connectionString ?? throw new InvalidOperationException("Not created yet");

    /// <summary>A pool of connections to this database, closed with it.</summary>
    public NpgsqlDataSource DataSource => dataSource ??= NpgsqlDataSource.Create(ConnectionString);

    /// <summary>Makes a database; dispose of it to drop it.</summary>
    public static async Task<PostgresDatabase> CreateAsync()
    {
        var database = new PostgresDatabase();
        await database.InitializeAsync();
        return database;
    }

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        await TestCluster.ExecuteAsync($"CREATE DATABASE {Name}");
        connectionString = new NpgsqlConnectionStringBuilder(await TestCluster.AdminConnectionStringAsync())
        {
            Database = Name,
        }.ConnectionString;
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        if (dataSource is not null)
            await dataSource.DisposeAsync();
        if (connectionString is null)
            return;
        // Whoever opened pools by this connection string left idle connections behind.
        await using (var pooled = new NpgsqlConnection(connectionString))
            NpgsqlConnection.ClearPool(pooled);
        await TestCluster.ExecuteAsync($"DROP DATABASE IF EXISTS {Name} WITH (FORCE)");
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
}
