using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.EventStore;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.TestKit;

namespace Trading.Tools.Tests;

/// <summary>A database of its own, whose projections run in the test's own process.</summary>
internal sealed class RunningReadModels : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PostgresDatabase _database;
    private readonly ReadModelSources _sources;
    private readonly ProjectionSet _set;
    private readonly Task _running;

    private RunningReadModels(PostgresDatabase database, PostgresLogs logs)
    {
        (_database, Logs) = (database, logs);
        _sources = ReadModelSources.Open(database.ConnectionString);
        _set = new(logs.Journal, logs.Market, _sources, new(), TimeProvider.System, NullLogger<ProjectionSet>.Instance);
        _running = _set.RunAsync(_stop.Token);
    }

    public PostgresLogs Logs { get; }

    public PostgresDatabase Database => _database;

    public string Connection => $"--connection={_database.ConnectionString}";

    public static async Task<RunningReadModels> StartAsync(ReadOnlyMemory<byte> master = default)
    {
        var database = await PostgresDatabase.CreateAsync();
        var logs = await PostgresLogs.OpenAsync(database.ConnectionString, new() { MasterKey = master });
        await ReadSchema.MigrateAsync(database.DataSource, default);
        return new(database, logs);
    }

    /// <summary>Appends and waits until the read models have it.</summary>
    public async Task GivenAsync(params IMessage[] payloads)
    {
        await Journal.AppendAsync(Logs, Journal.Ann, payloads);
        await CatchUpAsync();
    }

    /// <summary>Waits until the read models of the journal are where it is.</summary>
    public async Task CatchUpAsync()
    {
        var head = await Logs.Journal.HeadAsync(default);
        if (!await _set.WaitForAsync(head, TimeSpan.FromSeconds(30), default))
        {
            throw new InvalidOperationException($"The read models do not come to {head}.");
        }
    }

    public async Task<T?> ScalarAsync<T>(string sql)
    {
        await using var command = _database.DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = _database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _set.Dispose();
        await _sources.DisposeAsync();
        await Logs.DisposeAsync();
        await _database.DisposeAsync();
        _stop.Dispose();
    }
}
