using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Domain.Logs;
using Trading.EventStore;

namespace Trading.Bench.Rows;

/// <summary>Appends to the journal on PostgreSQL: so many callers, each with streams of its own, each waiting for its commit.</summary>
internal sealed class AppendRow(string key, int callers, int batch, double atLeast) : IRow
{
    public string Key => key;

    public string What => $"append to the journal, batches of {batch}, {callers} callers";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var (ours, _) = await AppendLoad.RunAsync(run, callers, batch, cancellation);
        var insert = await PostgresLimits.InsertAsync(run, batch, cancellation);
        IReadOnlyList<Figure> limits =
            batch >= 1_000 ? [insert, await PostgresLimits.CopyAsync(run, batch, cancellation)] : [insert];
        return new()
        {
            Ours = [new("events committed", ours, "events/s")],
            Limits = limits,
            Marks =
            [
                Mark.AtLeast(ours, atLeast, "events/s"),
                .. batch == 100 ? [Mark.AtLeast(ours / insert.Value, 0.65, "of the limit")] : Array.Empty<Mark>(),
            ],
            How =
                "Each caller appends to its own stream with the expected version, event ids fresh, hash chain on, and waits "
                + "for the commit. The limit inserts rows of the same width into a plain table with one index.",
        };
    }
}

/// <summary>The same with single events: how long a caller waits for its own.</summary>
internal sealed class EveryCallerRow : IRow
{
    private const int Callers = 100;

    public string Key => "each";

    public string What => $"append to the journal, {Callers} callers, each waits for its own event";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        var (ours, waits) = await AppendLoad.RunAsync(run, Callers, 1, cancellation);
        var (alone, aloneWaits) = await AppendLoad.RunAsync(run, 1, 1, cancellation);
        return new()
        {
            Ours =
            [
                new("events committed", ours, "events/s", waits),
                new("a lone caller", alone, "events/s", aloneWaits),
            ],
            Limits =
            [
                await PostgresLimits.InsertAsync(run, 1, cancellation),
                await DiskLimit.FlushAsync(run, cancellation),
            ],
            Marks = [Mark.AtLeast(ours, 60_000, "events/s"), Mark.AtMost(waits.P99, 5, "ms p99")],
            How = "One event a request; requests that queue while a commit is in flight share the next one.",
        };
    }
}

internal static class AppendLoad
{
    public static async Task<(double PerSecond, Percentiles Waits)> RunAsync(
        BenchRun run,
        int callers,
        int batch,
        CancellationToken cancellation
    )
    {
        await using var logs = await PostgresLogs.OpenAsync(
            await run.DatabaseAsync(cancellation),
            cancellation: cancellation
        );
        var versions = new long[callers];
        var streams = Enumerable.Range(0, callers).Select(i => StreamName.Of("session", $"bench-{i}")).ToArray();
        return await Load.RunAsync(callers, run.Seconds, AppendAsync, cancellation);

        async Task<int> AppendAsync(int caller, CancellationToken token)
        {
            var request = new AppendRequest
            {
                Stream = streams[caller],
                ExpectedVersion = new(versions[caller]),
                Events = SampleEvents.Batch(batch, TimeProvider.System.GetUtcNow()),
            };
            var outcome = await logs.Journal.AppendAsync(request, token);
            if (outcome is not AppendOutcome.Appended)
            {
                throw new InvalidOperationException($"Not appended: {outcome}");
            }

            versions[caller] += batch;
            return batch;
        }
    }
}
