using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Trading.Actors;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore;

namespace Trading.Bench.Rows;

/// <summary>A session actor that was never snapshotted comes back from its whole stream and answers a command.</summary>
internal sealed class RecoveryRow : IRow
{
    private const int Repeats = 3;

    public string Key => "recovery";

    public string What => "recovery of one actor, 1M events, no snapshot";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var options = new EventStoreOptions { MasterKey = new byte[32] };
        await using var logs = await PostgresLogs.OpenAsync(
            await run.DatabaseAsync(cancellation),
            options,
            cancellation: cancellation
        );
        await MillionEvents.WriteAsync(logs, cancellation);
        var seconds = new double[Repeats];
        for (var i = 0; i < Repeats; i++)
        {
            seconds[i] = await RecoverAsync(logs, cancellation);
        }

        var perSecond = MillionEvents.Count / seconds.Order().ElementAt(Repeats / 2);
        return new()
        {
            Ours = [new("events read, decoded and folded", perSecond, "events/s")],
            Limits = [await PostgresLimits.ReadAsync(run, cancellation)],
            Marks = [Mark.AtLeast(perSecond, 1_200_000, "events/s")],
            How =
                "From the command to its answer, so claim and connection included; the middle of "
                + $"{Repeats} recoveries. Snapshots are switched off. The limit reads a plain table of the same width.",
        };
    }

    private static async Task<double> RecoverAsync(PostgresLogs logs, CancellationToken cancellation)
    {
        using var metrics = new ActorMetrics();
        var actors = new TradingActors(
            logs.Journal,
            logs.Market,
            NoSnapshots.Instance,
            logs.Sealer,
            [],
            TimeProvider.System,
            new Random(1),
            new ActorOptions { AnswerWithin = TimeSpan.FromMinutes(5) },
            metrics,
            NullLogger<TradingActors>.Instance
        );
        var started = Stopwatch.GetTimestamp();
        var outcome = await actors.Sessions.SendAsync(
            MillionEvents.User,
            new SessionCommand.Stop("bench") { At = TimeProvider.System.GetUtcNow() },
            cancellation
        );
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await actors.StopAsync(cancellation);
        return outcome is CommandOutcome.Unchanged
            ? took
            : throw new InvalidOperationException($"The actor answered {outcome}.");
    }

    private sealed class NoSnapshots : ISnapshotStore
    {
        public static NoSnapshots Instance { get; } = new();

        public ValueTask<Snapshot?> LoadAsync(StreamName stream, string schema, CancellationToken cancellation) =>
            ValueTask.FromResult<Snapshot?>(null);

        public ValueTask SaveAsync(
            StreamName stream,
            string schema,
            Snapshot snapshot,
            CancellationToken cancellation
        ) => ValueTask.CompletedTask;
    }
}
