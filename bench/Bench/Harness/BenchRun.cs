using System.Collections.Concurrent;
using Npgsql;
using Trading.EmbeddedPostgres;

namespace Trading.Bench.Harness;

/// <summary>What all rows of one run share: the cluster, the time each may take, and limits that several rows compare with.</summary>
internal sealed class BenchRun(double seconds, string folder) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Task<Figure>> _limits = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1, 1);
    private EmbeddedPostgresCluster? _cluster;
    private int _databases;

    /// <summary>Measured time of a figure.</summary>
    public double Seconds { get; } = seconds;

    /// <summary>Where the run may write; on the disk of the working folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The PostgreSQL of the run.</summary>
    public async Task<EmbeddedPostgresCluster> ClusterAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return _cluster ??= await EmbeddedPostgresCluster.StartAsync(
                new() { Folder = Path.Combine(Folder, "postgres"), Ephemeral = true },
                cancellation
            );
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The connection string of a fresh, empty database.</summary>
    public async Task<string> DatabaseAsync(CancellationToken cancellation)
    {
        var cluster = await ClusterAsync(cancellation);
        var name = NameOf(Interlocked.Increment(ref _databases));
        await cluster.CreateDatabaseAsync(name, cancellation);
        return new NpgsqlConnectionStringBuilder(cluster.ConnectionString(name))
        {
            MaxPoolSize = 40,
            NoResetOnClose = true,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
        }.ConnectionString;
    }

    /// <summary>Clears away what earlier rows have left: garbage in memory, pages not yet on the disk, and databases whose
    /// millions of rows the server would look through meanwhile. No row pays for another.</summary>
    public async Task SettleAsync(CancellationToken cancellation)
    {
        var cluster = await ClusterAsync(cancellation);
        await using var database = NpgsqlDataSource.Create(cluster.ConnectionString("postgres"));
        var left = Enumerable.Range(1, Interlocked.Exchange(ref _databases, 0));
        foreach (
            var statement in left.Select(number => $"DROP DATABASE {NameOf(number)} WITH (FORCE)").Append("CHECKPOINT")
        )
        {
            await using var command = database.CreateCommand(statement);
            await command.ExecuteNonQueryAsync(cancellation);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    /// <summary>A limit, measured once in the run however many rows ask for it.</summary>
    public Task<Figure> LimitAsync(string name, Func<Task<Figure>> measure) =>
        _limits.GetOrAdd(name, static (_, start) => start(), measure);

    private static string NameOf(int database) => $"bench_{database}";

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _one.Dispose();
    }
}
