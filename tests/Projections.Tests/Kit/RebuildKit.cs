using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Domain.Ports;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.TestKit;

namespace Trading.Projections.Tests.Kit;

/// <summary>Rebuilds over a read side.</summary>
internal static class RebuildKit
{
    private static readonly RebuildRequest Plain = new(Verify: false, Rollback: false, AskedBy: "a test");

    public static ProjectionOptions Impatient { get; } =
        new()
        {
            FirstPause = TimeSpan.FromMilliseconds(5),
            WatchPeriod = TimeSpan.FromMilliseconds(20),
            RebuildReport = TimeSpan.FromMilliseconds(10),
            LiveLagBound = TimeSpan.FromSeconds(2),
        };

    public static Ground Ground(
        this ReadSide side,
        IEventLog? journal = null,
        ITickLog? market = null,
        TimeProvider? time = null
    ) =>
        new(
            journal ?? side.Journal,
            market ?? side.Market,
            side.Sources,
            Impatient,
            time ?? TimeProvider.System,
            NullLogger.Instance
        );

    /// <summary>As a process of its own would have it.</summary>
    public static Rebuilds Rebuilds(
        this ReadSide side,
        IEventLog? journal = null,
        ITickLog? market = null,
        TimeProvider? time = null,
        IReadOnlyList<ModelCode>? models = null
    ) => new(side.Ground(journal, market, time), models ?? ProjectionCatalog.All);

    /// <summary>Asks and carries out.</summary>
    public static async Task<Rebuild> DoAsync(
        this Rebuilds rebuilds,
        string projection,
        bool verify = false,
        bool rollback = false
    )
    {
        var answer = await rebuilds.AskAsync(projection, Plain with { Verify = verify, Rollback = rollback }, default);
        if (answer is not RebuildAnswer.Accepted)
        {
            throw new InvalidOperationException(answer.ToString());
        }

        await rebuilds.RunAsync(projection, default);
        return (await rebuilds.FindAsync(projection, default))!;
    }

    /// <summary>Asks, and begins to carry out.</summary>
    public static async Task<Task<bool>> BeginAsync(
        this Rebuilds rebuilds,
        string projection,
        CancellationToken cancellation = default,
        bool verify = false
    )
    {
        await rebuilds.AskAsync(projection, Plain with { Verify = verify }, default);
        return Task.Run(() => rebuilds.RunAsync(projection, cancellation), CancellationToken.None);
    }

    /// <summary>Waits until a table has come so far.</summary>
    public static Task ReachedAsync(this ReadSide side, string generation, long offset) =>
        Eventually.Be(async () =>
            await side.Owner.ScalarAsync<long?>(
                $"select max(at_offset) from read.checkpoints where projection = '{generation}'"
            ) >= offset
        );

    /// <summary>The tables that a model has, by number.</summary>
    public static async Task<IReadOnlyList<string>> TablesAsync(this ReadSide side, string model)
    {
        await using var command = side.Owner.CreateCommand(
            "select tablename from pg_tables where schemaname = 'read_tables' and tablename ~ $1 order by 1"
        );
        command.Parameters.Add(new() { Value = $"^{model}_[0-9]+$" });
        var tables = new List<string>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            tables.Add(reader.GetString(0));
        }

        return tables;
    }

    public static async Task<T> ScalarAsync<T>(this NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() is T value ? value : default!;
    }
}
