using System.Data;
using Microsoft.Extensions.Logging;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Operating;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>Holds the table that readers see against a fresh fold of the log, while it goes on. Both are looked at in one
/// snapshot of the database, in which the fold is brought to exactly the live table's checkpoint: nothing has to stand
/// still.</summary>
public sealed class LiveComparison : IDisposable
{
    private readonly Ground _ground;
    private readonly IReadOnlyList<ModelCode> _models;
    private readonly ProjectionMetrics _metrics = new(() => []);

    /// <summary>Compares with the two logs.</summary>
    public LiveComparison(
        IEventLog journal,
        ITickLog market,
        ReadModelSources sources,
        ProjectionOptions options,
        TimeProvider time,
        ILogger<LiveComparison> logger
    )
        : this(new(journal, market, sources, options, time, logger), ProjectionCatalog.All) { }

    internal LiveComparison(Ground ground, IReadOnlyList<ModelCode> models)
    {
        _ground = ground;
        _models = models;
    }

    /// <summary>Compares one read model.</summary>
    /// <param name="projection">For example <c>accounts</c>.</param>
    /// <param name="progress">Told the offset of the fold now and then.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="ReadModelRefusedException">There is no such read model, its live table was filled by code that this
    /// program does not have, or the log's beginning is not there any more.</exception>
    public async Task<Comparison> RunAsync(
        string projection,
        IProgress<Offset> progress,
        CancellationToken cancellation
    )
    {
        var code =
            _models.FirstOrDefault(model => model.Name == projection)
            ?? throw new ReadModelRefusedException($"There is no read model called {projection}.");
        var before = await LiveAsync(projection, cancellation);
        var version =
            code.Find(before.Version)
            ?? throw new ReadModelRefusedException($"Version {before.Version} of {projection} is not in this program.");
        await using var fresh = await FreshFold.BeginAsync(_ground, code, version, null, _metrics, cancellation);
        await FoldAsync(before.Checkpoint);

        var connection = fresh.Fill.Connection;
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var live = (await Generations.LiveAsync(connection, projection, cancellation))!;
        if (live.Version != version.Version)
        {
            throw new ReadModelRefusedException($"{projection} was upgraded meanwhile: ask again.");
        }

        await FoldAsync(live.Checkpoint);
        return await RowComparison.RunAsync(connection, live, fresh.Table, live.Checkpoint, cancellation);

        async Task FoldAsync(Offset offset)
        {
            var most = code.IsOfJournal ? _ground.Options.MostEvents : _ground.Options.MostTicks;
            while (fresh.Fill.Checkpoint < offset)
            {
                await StepAsync(offset, most);
                progress.Report(fresh.Fill.Checkpoint);
            }
        }

        async Task StepAsync(Offset offset, int most)
        {
            try
            {
                await fresh.Fill.StepAsync(offset, most, cancellation);
            }
            catch (RebuildRefusedException cut)
            {
                throw new ReadModelRefusedException($"{projection}: {cut.Message}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    private async Task<StoredGeneration> LiveAsync(string projection, CancellationToken cancellation)
    {
        await using var connection = await _ground.Sources.Operator.OpenConnectionAsync(cancellation);
        return await Generations.LiveAsync(connection, projection, cancellation)
            ?? throw new ReadModelRefusedException(
                $"{projection} has no live table: the service makes it when it starts."
            );
    }
}
