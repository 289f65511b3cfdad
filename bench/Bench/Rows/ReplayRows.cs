using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Stage;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Bench.Rows;

/// <summary>Candles of seven timeframes from a market log, from nothing.</summary>
internal sealed class CandlesRow : IRow
{
    private const int Repeats = 3;
    private const int Blocks = 200;
    private const int Block = 50_000;

    public string Key => "candles";

    public string What => "candles rebuilt from the market log, 10M ticks";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var connectionString = await run.DatabaseAsync(cancellation);
        await using var logs = await PostgresLogs.OpenAsync(connectionString, cancellation: cancellation);
        await FillAsync(logs, cancellation);
        const long Ticks = (long)Blocks * Block;
        await ReadAsync(logs, cancellation);
        var read = await Load.OnceAsync(() => ReadAsync(logs, cancellation));
        var each = new double[Repeats];
        for (var i = 0; i < Repeats; i++)
        {
            each[i] = await Replay.RunAsync(connectionString, logs, ["candles"], Ticks, cancellation);
            await Replay.ForgetAsync(connectionString, cancellation);
        }

        var alone = Ticks / each.Order().ElementAt(Repeats / 2);
        var both =
            Ticks / await Replay.RunAsync(connectionString, logs, ["candles", "latest_prices"], Ticks, cancellation);
        return new()
        {
            Ours =
            [
                new("ticks folded and candles committed", alone, "ticks/s"),
                new("beside the latest prices, each reading every tick", both, "ticks/s"),
            ],
            Limits = [new("market log read and decoded, 1 reader", read, "ticks/s")],
            Marks = [Mark.AtLeast(alone, 10_000_000, "ticks/s")],
            How =
                "A random walk of three symbols over 28 hours. The projection starts at offset 0 and runs alone, as when one "
                + $"read model is rebuilt: the middle of {Repeats}. Then both of the market log at once.",
        };
    }

    private static async Task FillAsync(PostgresLogs logs, CancellationToken cancellation)
    {
        var feed = StreamName.Of("feed", "demo");
        var claim = await logs.Market.ClaimAsync(feed, cancellation);
        for (var i = 0; i < Blocks; i++)
        {
            var ticks = TickLimits.Walk(Block, i, 1_736_935_200_000 + ((long)i * Block * 10));
            await logs.Market.AppendAsync(feed, claim.Epoch, ticks, cancellation);
        }
    }

    private static async Task<long> ReadAsync(PostgresLogs logs, CancellationToken cancellation)
    {
        var ticks = 0L;
        await foreach (var block in logs.Market.ReadAsync(Offset.Start, cancellation))
        {
            ticks += block.Ticks.Length;
        }

        return ticks;
    }
}

/// <summary>The read models of the journal from nothing.</summary>
internal sealed class RebuildRow : IRow
{
    private const int Repeats = 3;

    private static readonly string[] OfTheJournal =
    [
        "sessions",
        "accounts",
        "positions",
        "orders",
        "deals",
        "symbols",
        "users",
    ];

    public string Key => "rebuild";

    public string What => "rebuild of read models from the journal, 1M events";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var connectionString = await run.DatabaseAsync(cancellation);
        await using var logs = await PostgresLogs.OpenAsync(connectionString, cancellation: cancellation);
        await MillionEvents.WriteAsync(logs, cancellation);
        var each = new double[Repeats];
        for (var i = 0; i < Repeats; i++)
        {
            each[i] = await Replay.RunAsync(connectionString, logs, ["accounts"], MillionEvents.Count, cancellation);
            await Replay.ForgetAsync(connectionString, cancellation);
        }

        var alone = each.Order().ElementAt(Repeats / 2);
        var together = await Replay.RunAsync(connectionString, logs, OfTheJournal, MillionEvents.Count, cancellation);
        return new()
        {
            Ours =
            [
                new("events folded into accounts", MillionEvents.Count / alone, "events/s"),
                new("all seven of the journal at once, each", MillionEvents.Count / together, "events/s"),
            ],
            Limits = [await PostgresLimits.ReadAsync(run, cancellation)],
            Marks = [Mark.AtLeast(MillionEvents.Count / alone, 700_000, "events/s")],
            How =
                "From offset 0 until the checkpoint has the last event. Only the accounts run, as when one read model is rebuilt: "
                + $"the middle of {Repeats} rebuilds. Then, with empty tables again, all seven of the journal, each reading "
                + "every event.",
        };
    }
}

internal static class Replay
{
    /// <summary>Takes the read side away, so that the next run begins from nothing again.</summary>
    public static async Task ForgetAsync(string connectionString, CancellationToken cancellation)
    {
        await using var owner = NpgsqlDataSource.Create(connectionString);
        await using var command = owner.CreateCommand("DROP SCHEMA read, read_tables CASCADE");
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Seconds until these projections, running without any others, have folded a log from its first event to
    /// <paramref name="head"/>.</summary>
    public static async Task<double> RunAsync(
        string connectionString,
        PostgresLogs logs,
        string[] projections,
        long head,
        CancellationToken cancellation
    )
    {
        await using (var owner = NpgsqlDataSource.Create(connectionString))
        {
            await ReadSchema.MigrateAsync(owner, cancellation);
        }

        await using var sources = ReadModelSources.Open(connectionString);
        using var set = new ProjectionSet(
            logs.Journal,
            logs.Market,
            sources,
            new ProjectionOptions { Only = projections },
            TimeProvider.System,
            NullLogger<ProjectionSet>.Instance
        );
        await using var checkpoints = new Checkpoints(connectionString);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var started = Stopwatch.GetTimestamp();
        var running = set.RunAsync(stop.Token);
        await Until.TrueAsync(
            "the projections have folded the log",
            async () => await checkpoints.LowestAsync(cancellation, projections) >= head,
            cancellation
        );
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await stop.CancelAsync();
        await running;
        return seconds;
    }
}
