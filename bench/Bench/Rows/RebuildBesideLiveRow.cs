using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Domain;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Projections.Reading;
using Trading.Projections.Rebuilding;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Bench.Rows;

/// <summary>What live traffic notices of a rebuild, and how long a rebuild takes beside live traffic.</summary>
internal sealed class RebuildBesideLiveRow : IRow
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);
    private static readonly StreamName Stream = StreamName.Of("session", UserKey.Of("live").Value);

    public string Key => "rebuild-live";

    public string What => "live lag of a read model while it is rebuilt, 1M events behind it";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var connectionString = await run.DatabaseAsync(cancellation);
        await using var logs = await PostgresLogs.OpenAsync(connectionString, cancellation: cancellation);
        await MillionEvents.WriteAsync(logs, cancellation);
        await using (var owner = NpgsqlDataSource.Create(connectionString))
        {
            await ReadSchema.MigrateAsync(owner, cancellation);
        }

        await using var sources = ReadModelSources.Open(connectionString);
        var options = new ProjectionOptions { Only = ["accounts"] };
        using var live = new ProjectionSet(
            logs.Journal,
            logs.Market,
            sources,
            options,
            TimeProvider.System,
            NullLogger<ProjectionSet>.Instance
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = live.RunAsync(stop.Token);
        if (!await live.WaitForAsync(new(MillionEvents.Count), TimeSpan.FromMinutes(1), cancellation))
        {
            throw new TimeoutException("The live table did not catch up.");
        }

        await LagsAsync(logs, live, () => true, TimeSpan.FromSeconds(1), cancellation);
        using var rebuilds = new Rebuilds(
            logs.Journal,
            logs.Market,
            sources,
            options,
            TimeProvider.System,
            NullLogger<Rebuilds>.Instance
        );
        await rebuilds.AskAsync("accounts", new(Verify: false, Rollback: false, AskedBy: "the bench"), cancellation);
        var (without, with) = (new List<long>(), new List<long>());
        var seconds = 0.0;
        var isDone = false;
        while (!isDone)
        {
            without.AddRange(await LagsAsync(logs, live, () => true, Turn, cancellation));
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var began = Stopwatch.GetTimestamp();
            var rebuilding = RebuildAsync(rebuilds, turn.Token);
            with.AddRange(await LagsAsync(logs, live, () => !rebuilding.IsCompleted, Turn, cancellation));
            seconds += Stopwatch.GetElapsedTime(began).TotalSeconds;
            await turn.CancelAsync();
            isDone = await rebuilding;
        }

        var ended = await rebuilds.FindAsync("accounts", cancellation);
        if (ended?.State != RebuildState.Done)
        {
            throw new InvalidOperationException($"The rebuild ended {ended?.State}: {ended?.Problem}");
        }

        await stop.CancelAsync();
        await running;
        var (calm, busy) = (Percentiles.OfTicks(without), Percentiles.OfTicks(with));
        return new()
        {
            Ours =
            [
                new("live lag during the rebuild", busy.P99, "ms p99", busy),
                new("live lag without one", calm.P99, "ms p99", calm),
                new("rebuild beside live traffic, swap included", MillionEvents.Count / seconds, "events/s"),
            ],
            Limits = [await DiskLimit.FlushAsync(run, cancellation)],
            Marks = [Mark.AtMost(busy.P99, 2 * calm.P99, "ms p99 (twice the lag without)")],
            How =
                "An event about every 5 ms, appended alone; from just before the append until the live table has it, commit of "
                + "the journal included. Two seconds of a rebuild of the same read model and two seconds without take turns, until "
                + "readers see the new table, so that both meet the same machine: the rebuild is stopped and goes on. Live "
                + "projection and rebuild share one process and two cores with PostgreSQL.",
        };
    }

    // True when readers see the new table. Stopped, it goes on later from where it was.
    private static Task<bool> RebuildAsync(Rebuilds rebuilds, CancellationToken cancellation) =>
        Task.Run(
            async () =>
            {
                try
                {
                    return await rebuilds.RunAsync("accounts", cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    return false;
                }
            },
            CancellationToken.None
        );

    private static async Task<long[]> LagsAsync(
        PostgresLogs logs,
        ProjectionSet live,
        Func<bool> goesOn,
        TimeSpan atMost,
        CancellationToken cancellation
    )
    {
        var lags = new List<long>();
        var user = UserKey.Of("live");
        var began = Stopwatch.GetTimestamp();
        while (goesOn() && Stopwatch.GetElapsedTime(began) < atMost)
        {
            var now = TimeProvider.System.GetUtcNow();
            var started = Stopwatch.GetTimestamp();
            var outcome = await logs.Journal.AppendAsync(
                new()
                {
                    Stream = Stream,
                    ExpectedVersion = null,
                    Events = [EventEnvelope.Of(SampleEvents.Balance(0), now, user)],
                },
                cancellation
            );
            var offset = ((AppendOutcome.Appended)outcome).Last;
            await live.WaitForAsync(offset, TimeSpan.FromSeconds(30), cancellation);
            lags.Add(Stopwatch.GetTimestamp() - started);
            await Task.Delay(Between, cancellation);
        }

        return [.. lags];
    }
}
