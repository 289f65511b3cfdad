using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Ports;
using Trading.Postgres;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.TimeTravel;

/// <summary>Folds a part of the logs into read models again, in memory or in an empty database. The same part gives the same
/// rows, byte for byte, each time and in both ways.</summary>
public sealed class LogReplay(IEventLog journal, ITickLog market, TimeProvider time)
{
    private const int ReportEvery = 1_000;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>The read models there are.</summary>
    public static IReadOnlyList<string> Tables => [.. ReplayTable.All.Select(table => table.Name)];

    /// <summary>Those of them that are made of ticks.</summary>
    public static IReadOnlyList<string> OfMarket =>
        [.. ReplayTable.All.Where(table => table.OfMarket).Select(table => table.Name)];

    /// <summary>Folds in memory and writes each row as a line <c>{"table":…,"row":{…}}</c>, in the order of tables and
    /// keys.</summary>
    /// <param name="part">What is folded.</param>
    /// <param name="output">Where the lines go.</param>
    /// <param name="progress">Told how many places of the part are done; null for nobody.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IReadOnlyList<TableHash>> WriteAsync(
        ReplayPart part,
        Stream output,
        IProgress<long>? progress,
        CancellationToken cancellation
    )
    {
        var ofJournal = Wanted(part, ofMarket: false).Select(table => table.Fold()).ToList();
        var ofMarket = Wanted(part, ofMarket: true).Select(table => table.Fold()).ToList();
        if (ofJournal.Count > 0)
        {
            await foreach (var batch in new JournalPart(journal, part).ReadAsync(part.After, cancellation))
            {
                foreach (var recorded in batch)
                {
                    ofJournal.ForEach(table => table.Take(recorded));
                }

                progress?.Report(batch[^1].Offset.Value - part.After.Value);
            }
        }

        if (ofMarket.Count > 0)
        {
            var blocks = 0;
            await foreach (var block in new MarketPart(market, part).ReadAsync(part.TicksAfter, cancellation))
            {
                ofMarket.ForEach(table => table.Take(block));
                if (++blocks % ReportEvery == 0)
                {
                    progress?.Report(part.Events + block.Last.Value - part.TicksAfter.Value);
                }
            }
        }

        var hashes = new List<TableHash>();
        foreach (var table in ofJournal.Concat(ofMarket))
        {
            hashes.Add(await table.WriteAsync(output, cancellation));
        }

        return hashes;
    }

    /// <summary>Folds into an empty database, by the projections as they run live.</summary>
    /// <param name="part">What is folded.</param>
    /// <param name="connectionString">A login that may make schemas and roles there.</param>
    /// <param name="logger">Told what the projections tell.</param>
    /// <param name="progress">Told how many places of the part are done; null for nobody.</param>
    /// <param name="cancellation">Gives up; what was made so far stays in the database.</param>
    /// <exception cref="ReplayTargetException">The database is not empty, or refuses the rows.</exception>
    public async Task<IReadOnlyList<TableHash>> IntoAsync(
        ReplayPart part,
        string connectionString,
        ILogger<ProjectionSet> logger,
        IProgress<long>? progress,
        CancellationToken cancellation
    )
    {
        await using (var owner = PostgresPools.Open(connectionString))
        {
            await MustBeEmptyAsync(owner, cancellation);
            await ReadSchema.MigrateAsync(owner, cancellation);
        }

        await using var sources = ReadModelSources.Open(connectionString);
        ReplayTable[] wanted = [.. Wanted(part, ofMarket: false), .. Wanted(part, ofMarket: true)];
        var parked = await RunAsync(part, wanted, sources, logger, progress, cancellation);
        var hashes = new List<TableHash>();
        foreach (var table in wanted)
        {
            var (rows, hash) = await table.HashAsync(sources.Projector, cancellation);
            hashes.Add(new(table.Name, rows, hash, [.. parked[table.Name]]));
        }

        return hashes;
    }

    private static IEnumerable<ReplayTable> Wanted(ReplayPart part, bool ofMarket) =>
        ReplayTable.All.Where(table => table.OfMarket == ofMarket && part.Wants(table.Name, ofMarket));

    private static async Task MustBeEmptyAsync(NpgsqlDataSource owner, CancellationToken cancellation)
    {
        await using var command = owner.CreateCommand(
            """
            select string_agg(nspname, ', ' order by nspname) from pg_namespace
            where nspname in ('read', 'read_tables', 'eventstore')
            """
        );
        if (await command.ExecuteScalarAsync(cancellation) is string found)
        {
            throw new ReplayTargetException(
                $"The database is not empty: it has {found}. A replay never writes over anything; make a new database."
            );
        }
    }

    private async Task<ILookup<string, string>> RunAsync(
        ReplayPart part,
        ReplayTable[] wanted,
        ReadModelSources sources,
        ILogger<ProjectionSet> logger,
        IProgress<long>? progress,
        CancellationToken cancellation
    )
    {
        var events = new JournalPart(journal, part);
        var ticks = new MarketPart(market, part);
        using var set = new ProjectionSet(
            events,
            ticks,
            sources,
            new() { Only = [.. wanted.Select(table => table.Name)] },
            time,
            logger
        );
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = set.RunAsync(stop.Token);
        try
        {
            var places = wanted.Sum(table => table.OfMarket ? part.TicksUpTo.Value : part.UpTo.Value);
            while (set.Health() is var health && !IsDone(health))
            {
                if (health.FirstOrDefault(one => one.State == ProjectionState.Stuck) is { } stuck)
                {
                    throw new ReplayTargetException($"{stuck.Projection} goes no further: {stuck.Error}");
                }

                progress?.Report(health.Sum(one => one.Checkpoint.Value) * part.Length / Math.Max(1, places));
                await Task.Delay(LookEvery, time, cancellation);
            }

            return set.Health()
                .SelectMany(one =>
                    one.Parked.Select(stream =>
                        (Table: NameOf(one), Text: $"offset {stream.Offset} of {stream.Stream}: {stream.Reason}")
                    )
                )
                .ToLookup(one => one.Table, one => one.Text);
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }

        bool IsDone(IReadOnlyList<ProjectionHealth> health) =>
            health.All(one =>
                (IsOfMarket(one) ? ticks.End : events.End) is { IsCompletedSuccessfully: true } end
                && one.Checkpoint >= end.Result
            );

        bool IsOfMarket(ProjectionHealth one) => wanted.First(table => table.Name == NameOf(one)).OfMarket;
    }

    private static string NameOf(ProjectionHealth one) => one.Projection.Split('@')[0];
}

/// <summary>A replay cannot go into the database it was given.</summary>
public sealed class ReplayTargetException(string message) : Exception(message);
