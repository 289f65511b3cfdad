using System.Globalization;
using Npgsql;
using Trading.EmbeddedPostgres;

namespace Trading.TestKit;

/// <summary>
/// The one PostgreSQL of a test run: the server of <c>TRADING_TEST_POSTGRES</c> when that is set, otherwise a private
/// one that this process starts on first use and that goes, data and all, when this process ends.
/// </summary>
public static class TestCluster
{
    /// <summary>The environment variable with the connection string of a superuser.</summary>
    public const string Variable = "TRADING_TEST_POSTGRES";

    private const string FolderPrefix = "trading-test-postgres-";

    // Held for the life of the process: its watchdog throws the data away when the process ends.
    private static EmbeddedPostgresCluster? own;

    private static readonly Lazy<Task<string>> Admin = new(FindAsync);

    /// <summary>The connection string of a superuser of the cluster.</summary>
    public static Task<string> AdminConnectionStringAsync() => Admin.Value;

    /// <summary>Starts a private cluster in a fresh folder below the temporary folder; stopping it deletes the folder.</summary>
    public static Task<EmbeddedPostgresCluster> StartPrivateAsync(CancellationToken cancellation = default)
    {
        DeleteAbandoned();
        var folder = Path.Combine(
            Path.GetTempPath(),
            string.Create(CultureInfo.InvariantCulture, $"{FolderPrefix}{Environment.ProcessId}-{Guid.NewGuid():N}")
        );
        return EmbeddedPostgresCluster.StartAsync(
            new EmbeddedPostgresOptions { Folder = folder, Ephemeral = true },
            cancellation
        );
    }

    /// <summary>Runs one statement as a superuser.</summary>
    public static async Task ExecuteAsync(string sql)
    {
        var address = new NpgsqlConnectionStringBuilder(await AdminConnectionStringAsync()) { Pooling = false };
        await using var connection = new NpgsqlConnection(address.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given)
            return given;

        own = await StartPrivateAsync();
        return own.ConnectionString();
    }

    // The watchdog of a process that was killed empties its folder but may not be allowed to remove it.
    private static void DeleteAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), FolderPrefix + "*"))
        {
            var cluster = Path.Combine(folder, "cluster");
            if (Directory.Exists(cluster) && Directory.EnumerateFileSystemEntries(cluster).Any())
                continue;
            if (Directory.GetLastWriteTimeUtc(folder) > TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-10))
                continue;
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Console.Error.WriteLine($"{folder} is left behind: {e.Message}");
            }
        }
    }
}
