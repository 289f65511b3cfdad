using System.Diagnostics;
using Trading.Bench.Harness;
using Trading.Bench.Limits;
using Trading.Domain.Logs;
using Trading.EventStore;
using Trading.Projections.TimeTravel;

namespace Trading.Bench.Rows;

/// <summary>What an account with a million events was at any offset, valued at the prices of then.</summary>
internal sealed class PastStateRow : IRow
{
    private const double MostSeconds = 2;

    public string Key => "past";

    public string What => "state of an account with 1M events at any offset";

    public async Task<RowResult> MeasureAsync(BenchRun run, CancellationToken cancellation)
    {
        await using var logs = await PostgresLogs.OpenAsync(
            await run.DatabaseAsync(cancellation),
            new EventStoreOptions(),
            cancellation: cancellation
        );
        await MillionTrades.WriteAsync(logs, cancellation);
        var cold = await AskAsync(logs, new(MillionTrades.Count), whole: false, cancellation);
        var answers = new List<double>();
        foreach (var offset in (long[])[MillionTrades.Count, MillionTrades.Count * 9L / 10, 777_777, 123_456, 4])
        {
            answers.Add(await AskAsync(logs, new(offset), whole: false, cancellation));
        }

        var whole = await AskAsync(logs, new(MillionTrades.Count), whole: true, cancellation);
        var limit = await PostgresLimits.ReadAsync(run, cancellation);
        return new()
        {
            Ours =
            [
                new("the slowest of five offsets, as GET /account?at= asks", answers.Max(), "s"),
                new("the head with working orders and the event of each figure, as the verb state asks", whole, "s"),
                new("the head, asked first of all, by a process that has just started", cold, "s"),
            ],
            Limits = [new(limit.Name, MillionTrades.Count / limit.Value, "s")],
            Marks = [Mark.AtMost(answers.Max(), MostSeconds, "s"), Mark.AtMost(whole, MostSeconds, "s")],
            How =
                "From the log alone, without snapshots and read models: the user's events up to the offset folded by the "
                + "rules of the projections, then the last tick of each symbol needed. The limit reads a plain table of the "
                + "same width.",
        };
    }

    private static async Task<double> AskAsync(
        PostgresLogs logs,
        Offset offset,
        bool whole,
        CancellationToken cancellation
    )
    {
        var began = Stopwatch.GetTimestamp();
        var at = await new Moments(logs.Journal, logs.Journal, TimeProvider.System).FindAsync(
            new Moment.AtOffset(offset),
            cancellation
        );
        var past = await new AccountHistory(logs.Journal, logs.Journal, logs.Market).FindAsync(
            new(MillionEvents.User, null, at!) { WithOrders = whole, WithTrail = whole },
            null,
            cancellation
        );
        var took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return past is not null ? took : throw new InvalidOperationException($"No account at offset {offset}.");
    }
}
