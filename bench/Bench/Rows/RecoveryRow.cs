using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Trading.Actors;
using Trading.Actors.Shell;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Domain.Ports;
using Trading.Domain.Sessions;
using Trading.EventStore;
using Trading.EventStore.Akka;

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
        var host = Host.CreateEmptyApplicationBuilder(new());
        host.Services.AddSingleton<IEventLog>(logs.Journal)
            .AddSingleton<ITickLog>(logs.Market)
            .AddSingleton<ISecretSealer>(logs.Sealer)
            .AddSingleton(TimeProvider.System)
            .AddSingleton(
                new JournalPlugin(
                    JournalSetup.Hocon.WithFallback(
                        "akka.persistence.snapshot-store.plugin = akka.persistence.no-snapshot-store"
                    ),
                    [new JournalSetup(logs.Journal, TimeProvider.System)],
                    _ => PersistFailure.Passing
                )
            )
            .AddAkka(new() { AnswerWithin = TimeSpan.FromMinutes(5) });
        using var node = host.Build();
        await node.StartAsync(cancellation);
        var sessions = node.Services.GetRequiredService<ISessionGateway>();
        var started = Stopwatch.GetTimestamp();
        var outcome = await sessions.SendAsync(
            MillionEvents.User,
            new SessionCommand.Stop("bench") { At = TimeProvider.System.GetUtcNow() },
            cancellation
        );
        var took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await node.StopAsync(cancellation);
        return outcome is CommandOutcome.Unchanged
            ? took
            : throw new InvalidOperationException($"The actor answered {outcome}.");
    }
}
