using Npgsql;
using Trading.Postgres;

namespace Trading.Tools.Doctor;

/// <summary>What is examined: the settings, the data folder, and the database behind them.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private const int ConnectSeconds = 5;
    private const int AnswerSeconds = 10;

    private readonly SemaphoreSlim _connecting = new(1, 1);
    private NpgsqlDataSource? _source;
    private NpgsqlException? _refusal;

    /// <summary>What the service is started with.</summary>
    public required Settings Settings { get; init; }

    /// <summary>The folder of the private database, the keys and the logs.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The database; null when it is the private one and does not run.</summary>
    public required string? ConnectionString { get; init; }

    /// <summary>Why there is no connection string.</summary>
    public string? NotRunning { get; init; }

    /// <summary>The database is the private one of the data folder.</summary>
    public required bool IsPrivate { get; init; }

    /// <summary>It is a demo's: it brings its own broker and token issuer, and nobody has named others. The demo counts the
    /// starts of its sandbox in the data folder.</summary>
    public bool IsDemo =>
        IsPrivate
        && Settings["CTRADER_CLIENT_ID"] is null
        && Settings["CTRADER_CLIENT_SECRET"] is null
        && File.Exists(Path.Combine(DataFolder, "sandbox.run"));

    /// <summary>This machine's clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>A connection of the service's own login, which can only read.</summary>
    /// <exception cref="NpgsqlException">The database does not let us in. Told once and remembered, so that not every check
    /// waits for it.</exception>
    /// <exception cref="NotRunningException">The private database does not run.</exception>
    public async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellation)
    {
        await _connecting.WaitAsync(cancellation);
        try
        {
            if (_refusal is not null)
            {
                throw _refusal;
            }

            _source ??= Source(ConnectionString ?? throw new NotRunningException(NotRunning ?? "It does not run."));
            return await _source.OpenConnectionAsync(cancellation);
        }
        catch (NpgsqlException refusal)
        {
            _refusal = refusal;
            throw;
        }
        finally
        {
            _connecting.Release();
        }
    }

    /// <summary>The rows of a query, each made by <paramref name="read"/>.</summary>
    public async Task<List<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        await using var connection = await ConnectAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        _connecting.Dispose();
    }

    private static NpgsqlDataSource Source(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "trading-doctor",
            MaxPoolSize = 4,
            Timeout = ConnectSeconds,
            CommandTimeout = AnswerSeconds,
        };
        return PostgresPools.Open(settings, new() { ReadOnly = true });
    }
}

/// <summary>The private database does not run, which is no fault while the service does not either.</summary>
internal sealed class NotRunningException(string message) : Exception(message);
