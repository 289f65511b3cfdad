using Trading.EmbeddedPostgres;

namespace Trading.Tools.Connect;

/// <summary>The private PostgreSQL of a data folder: the one that a service runs, or, while none does, one that is started for
/// this verb and stopped behind it.</summary>
internal sealed class PrivateCluster : IAsyncDisposable
{
    private readonly EmbeddedPostgresCluster? _started;

    private PrivateCluster(string connectionString, EmbeddedPostgresCluster? started) =>
        (ConnectionString, _started) = (connectionString, started);

    /// <summary>Of the database.</summary>
    public string ConnectionString { get; }

    /// <summary>Finds the cluster of a data folder; nothing is started.</summary>
    /// <exception cref="ToolException">There is none, or its files may not be read.</exception>
    public static ClusterPlace Find(string dataFolder)
    {
        try
        {
            return ClusterPlace.Find(dataFolder)
                ?? ClusterPlace.Find(Path.Combine(dataFolder, "postgres"))
                ?? throw new ToolException(
                    $"{Path.GetFullPath(dataFolder)} holds no PostgreSQL of this system. Name its data folder with --data, or give "
                        + $"--connection or {ConnectionOptions.Variable}."
                );
        }
        catch (UnauthorizedAccessException)
        {
            throw Foreign(dataFolder);
        }
    }

    /// <summary>The connection string of a database of the cluster that runs; null while none does.</summary>
    /// <exception cref="ToolException">There is no cluster, it is starting or stopping, or its files may not be read.</exception>
    public static string? Running(string dataFolder, string database)
    {
        var place = Find(dataFolder);
        if (!place.IsRunning)
        {
            return null;
        }

        if (!place.IsReady)
        {
            throw new ToolException($"The PostgreSQL in {place.Root} is starting or stopping. Try again.");
        }

        try
        {
            return place.ConnectionString(database);
        }
        catch (UnauthorizedAccessException)
        {
            throw Foreign(dataFolder);
        }
    }

    /// <summary>Opens the cluster, starting it when nobody runs it.</summary>
    /// <exception cref="ToolException">There is none, or it cannot be used.</exception>
    public static async Task<PrivateCluster> OpenAsync(
        string dataFolder,
        string database,
        CancellationToken cancellation
    )
    {
        if (Running(dataFolder, database) is { } running)
        {
            return new(running, null);
        }

        try
        {
            var started = await EmbeddedPostgresCluster.StartAsync(
                new() { Folder = Find(dataFolder).Folder },
                cancellation
            );
            return new(started.ConnectionString(database), started);
        }
        catch (EmbeddedPostgresException refused)
        {
            throw new ToolException(refused.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_started is not null)
        {
            await _started.DisposeAsync();
        }
    }

    private static ToolException Foreign(string dataFolder) =>
        new(
            $"The files of the PostgreSQL in {dataFolder} belong to another user: run as that user, or give --connection."
        );
}
