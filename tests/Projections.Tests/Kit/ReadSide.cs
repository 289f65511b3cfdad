using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.EventStore.InMemory;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;
using Trading.TestKit;

namespace Trading.Projections.Tests.Kit;

/// <summary>The whole read side over a database of its own and two logs in memory.</summary>
public sealed class ReadSide : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly PostgresDatabase _database;
    private readonly CancellationTokenSource _stop = new();
    private ProjectionSet? _set;
    private Task _running = Task.CompletedTask;

    private ReadSide(PostgresDatabase database, InMemoryEventLog journal, InMemoryTickLog market)
    {
        _database = database;
        Journal = journal;
        Market = market;
        Sources = ReadModelSources.Open(database.ConnectionString);
    }

    public InMemoryEventLog Journal { get; }

    public InMemoryTickLog Market { get; }

    public ReadModelSources Sources { get; }

    public NpgsqlDataSource Owner => _database.DataSource;

    public string ConnectionString => _database.ConnectionString;

    public ProjectionSet Projections => _set ?? throw new InvalidOperationException("Not running.");

    /// <summary>Empty tables; nothing runs yet.</summary>
    public static async Task<ReadSide> PrepareAsync(InMemoryEventLog? journal = null, InMemoryTickLog? market = null)
    {
        var database = await PostgresDatabase.CreateAsync();
        await ReadSchema.MigrateAsync(database.DataSource, default);
        return new(
            database,
            journal ?? new InMemoryEventLog(TimeProvider.System),
            market ?? new InMemoryTickLog(TimeProvider.System)
        );
    }

    /// <summary>Empty tables with the projections running.</summary>
    public static async Task<ReadSide> StartAsync()
    {
        var side = await PrepareAsync();
        side.Run();
        return side;
    }

    /// <summary>Runs the projections, over other logs or with other options when given.</summary>
    public void Run(IEventLog? journal = null, ITickLog? market = null, ProjectionOptions? options = null)
    {
        _set = NewSet(journal, market, options);
        _running = _set.RunAsync(_stop.Token);
    }

    /// <summary>Another set of projections over the same tables, as another node would have it.</summary>
    public ProjectionSet NewSet(
        IEventLog? journal = null,
        ITickLog? market = null,
        ProjectionOptions? options = null
    ) =>
        new(
            journal ?? Journal,
            market ?? Market,
            Sources,
            options ?? new() { FirstPause = TimeSpan.FromMilliseconds(5), WatchPeriod = TimeSpan.FromMilliseconds(50) },
            TimeProvider.System,
            NullLogger<ProjectionSet>.Instance
        );

    /// <summary>Appends events of one user's session and waits until all read models have them.</summary>
    public async Task<Offset> GivenAsync(UserKey user, params IMessage[] events)
    {
        var offset = await Journal.AppendAsync(user, events);
        await CaughtUpAsync(offset);
        return offset;
    }

    /// <summary>Waits until all read models of the journal have an offset.</summary>
    public async Task CaughtUpAsync(Offset offset)
    {
        if (!await Projections.WaitForAsync(offset, Patience, default))
        {
            throw new TimeoutException(string.Join('\n', Projections.Health()));
        }
    }

    /// <summary>Appends ticks and waits until the tables of the market have them.</summary>
    public async Task<Offset> GivenTicksAsync(string feed, IReadOnlyList<Tick> ticks)
    {
        var stream = StreamName.Parse(feed);
        var claim = await Market.ClaimAsync(stream, default);
        await Market.AppendAsync(stream, claim.Epoch, ticks.ToArray(), default);
        await MarketCaughtUpAsync();
        return await Market.HeadAsync(default);
    }

    /// <summary>Waits until the tables of the market have all ticks.</summary>
    public async Task MarketCaughtUpAsync()
    {
        var head = await Market.HeadAsync(default);
        await Eventually.Be(
            () =>
                Projections
                    .Health()
                    .Where(one => one.Projection is "candles@2" or "latest_prices@1")
                    .All(one => one.Checkpoint >= head),
            Patience
        );
    }

    /// <summary>A read model's rows as text, in order, without the moment of writing.</summary>
    public async Task<string> DumpAsync(string model)
    {
        await using var command = Owner.CreateCommand(
            $"select coalesce(string_agg(line, E'\n' order by line), '') from (select (to_jsonb(t) - 'written_at')::text as line from read.{model} t) lines"
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>All rows of all read models of the journal.</summary>
    public async Task<string> DumpJournalAsync()
    {
        string[] models = ["sessions", "accounts", "positions", "orders", "deals", "symbols", "users"];
        var dumps = new List<string>();
        foreach (var model in models)
        {
            dumps.Add($"{model}\n{await DumpAsync(model)}");
        }

        return string.Join("\n\n", dumps);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _set?.Dispose();
        _stop.Dispose();
        await Sources.DisposeAsync();
        await _database.DisposeAsync();
    }
}

internal static class Appends
{
    public static async Task<Offset> AppendAsync(this IEventLog log, UserKey user, params IMessage[] events)
    {
        var now = TimeProvider.System.GetUtcNow();
        var outcome = await log.AppendAsync(
            new()
            {
                Stream = StreamName.Of("session", user.Value),
                ExpectedVersion = null,
                Events = events.Select(message => EventEnvelope.Of(message, now, user)).ToArray(),
            },
            default
        );
        return outcome is AppendOutcome.Appended appended
            ? appended.Last
            : throw new InvalidOperationException(outcome.ToString());
    }
}
