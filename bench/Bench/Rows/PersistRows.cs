using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Bench.Peers;
using Trading.Bench.Stage;

namespace Trading.Bench.Rows;

/// <summary>Persistent actors that write in a closed loop: over our journal, and the same over Akka.Persistence.Sql.</summary>
internal sealed class PersistRow(string key, int actors, int events, double timesDefault, double timesTuned) : IRow
{
    private readonly bool _single = events == 1;

    public string Key => key;

    public string What =>
        _single
            ? $"{actors} persistent actors, one event each, closed loop"
            : $"{actors} persistent actors, each PersistAll of {events}, closed loop";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var ours = await FigureAsync(run, "our journal", BenchJournal.OursAsync, cancellation);
        var plain = await FigureAsync(run, "Akka.Persistence.Sql, defaults", BenchJournal.SqlAsync, cancellation);
        var tuned = await FigureAsync(run, "Akka.Persistence.Sql, COPY", BenchJournal.TunedSqlAsync, cancellation);
        var raw = await PostgresLimits.InsertAsync(run, events, cancellation);
        return new()
        {
            Ours = [ours],
            Limits = [raw],
            Peers = [plain, tuned],
            Marks =
            [
                Mark.AtLeast(ours.Value / plain.Value, timesDefault, "of its defaults"),
                Mark.AtLeast(ours.Value / tuned.Value, timesTuned, "of its best"),
                .. _single
                    ? [Mark.AtMost(ours.Waits!.P99, Math.Min(plain.Waits!.P99, tuned.Waits!.P99), "ms p99 (theirs)")]
                    : new[] { Mark.AtLeast(ours.Value / raw.Value, 0.55, "of the limit") },
            ],
            How =
                "The same actors, events and serializer over each journal, each on a database of its own. An actor is asked "
                + "again when its events are committed and applied. The limit inserts rows without actors.",
        };
    }

    private async Task<Figure> FigureAsync(
        BenchRun run,
        string name,
        Func<BenchRun, CancellationToken, Task<BenchJournal>> open,
        CancellationToken cancellation
    )
    {
        await using var journal = await open(run, cancellation);
        await using var persisting = new PersistingActors(journal, actors);
        await persisting.CountAsync(cancellation);
        var (perSecond, waits) = await Load.RunAsync(
            actors,
            run.Seconds,
            (actor, token) => persisting.PersistAsync(actor, events, token),
            cancellation
        );
        return new(name, perSecond, "events/s", _single ? waits : null);
    }
}

/// <summary>Persistent actors that come back from their whole streams: over our journal, and over Akka.Persistence.Sql.</summary>
internal sealed class ActorRecoveryRow(string key, int actors, int events, double timesTuned, double? ofCopy) : IRow
{
    private const int Repeats = 3;
    private const int Write = 2_000;

    public string Key => key;

    public string What => $"recovery of {actors} persistent actor{(actors == 1 ? "" : "s")} with {events:N0} events";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var ours = await FigureAsync(run, "our journal", BenchJournal.OursAsync, cancellation);
        var tuned = await FigureAsync(run, "Akka.Persistence.Sql", BenchJournal.TunedSqlAsync, cancellation);
        var copy = await PostgresLimits.ReadAsync(run, cancellation);
        return new()
        {
            Ours = [ours],
            Limits = [copy],
            Peers = [tuned],
            Marks =
            [
                Mark.AtLeast(ours.Value / tuned.Value, timesTuned, "of the peer"),
                .. ofCopy is { } share
                    ? [Mark.AtLeast(ours.Value / copy.Value, share, "of COPY")]
                    : Array.Empty<Mark>(),
            ],
            How =
                "From the start of the actor system until every actor has told how many events it has; the middle of "
                + $"{Repeats}. No snapshots. The limit reads a plain table of the same width.",
        };
    }

    private async Task<Figure> FigureAsync(
        BenchRun run,
        string name,
        Func<BenchRun, CancellationToken, Task<BenchJournal>> open,
        CancellationToken cancellation
    )
    {
        await using var journal = await open(run, cancellation);
        await using (var writing = new PersistingActors(journal, actors))
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, actors),
                new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = cancellation },
                async (actor, token) =>
                {
                    for (var left = events; left > 0; left -= Write)
                    {
                        await writing.PersistAsync(actor, Math.Min(left, Write), token);
                    }
                }
            );
        }

        var perSecond = new double[Repeats];
        for (var i = 0; i < Repeats; i++)
        {
            perSecond[i] = await Load.OnceAsync(async () =>
            {
                await using var recovered = new PersistingActors(journal, actors);
                var counted = await recovered.CountAsync(cancellation);
                return counted == (long)actors * events
                    ? counted
                    : throw new InvalidOperationException($"{counted} events came back.");
            });
        }

        return new(name, perSecond.Order().ElementAt(Repeats / 2), "events/s");
    }
}
