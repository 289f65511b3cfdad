using Microsoft.Extensions.Logging;
using Trading.Domain.Logs;
using Trading.Domain.Market;
using Trading.Domain.Ports;
using Trading.Projections.Accounts;
using Trading.Projections.Candles;
using Trading.Projections.Deals;
using Trading.Projections.LatestPrices;
using Trading.Projections.Orders;
using Trading.Projections.Positions;
using Trading.Projections.Reading;
using Trading.Projections.Schema;
using Trading.Projections.Sessions;
using Trading.Projections.Symbols;
using Trading.Projections.Users;

namespace Trading.Projections.Running;

/// <summary>All projections of this process, running side by side: none waits for another.</summary>
public sealed class ProjectionSet : IDisposable
{
    private readonly ProjectionMetrics _metrics;
    private readonly IReadOnlyList<IProjectionRunner> _journal;
    private readonly IReadOnlyList<IProjectionRunner> _market;
    private readonly TimeProvider _time;

    /// <summary>Projections from the two logs into the read models. Nothing runs before <see cref="RunAsync"/>.</summary>
    /// <exception cref="ArgumentException"><see cref="ProjectionOptions.Only"/> names a read model that does not exist.
    /// </exception>
    public ProjectionSet(
        IEventLog journal,
        ITickLog market,
        ReadModelSources sources,
        ProjectionOptions options,
        TimeProvider time,
        ILogger<ProjectionSet> logger
    )
    {
        if (options.Only.FirstOrDefault(name => ReadModel.All.All(model => model.Name != name)) is { } unknown)
        {
            throw new ArgumentException($"There is no read model called {unknown}.", nameof(options));
        }

        _time = time;
        _metrics = new(Health);
        var events = new JournalFeed(journal);
        var ticks = new MarketFeed(market);
        IReadOnlyList<Projection<RecordedEvent>> ofEvents =
        [
            new SessionProjection(),
            new AccountProjection(),
            new PositionProjection(),
            new OrderProjection(),
            new DealProjection(),
            new SymbolProjection(),
            new UserProjection(),
        ];
        IReadOnlyList<Projection<TickBlock>> ofTicks = [new LatestPriceProjection(), new CandleProjection()];
        _journal = [.. ofEvents.Where(projection => Runs(projection.Model)).Select(Of)];
        _market = [.. ofTicks.Where(projection => Runs(projection.Model)).Select(OfTicks)];

        bool Runs(ReadModel model) => options.Only.Count == 0 || options.Only.Contains(model.Name);

        IProjectionRunner Of(Projection<RecordedEvent> projection) =>
            new ProjectionRunner<RecordedEvent>(
                projection,
                events,
                sources.Projector,
                options.MostEvents,
                options,
                time,
                _metrics,
                logger
            );

        IProjectionRunner OfTicks(Projection<TickBlock> projection) =>
            new ProjectionRunner<TickBlock>(
                projection,
                ticks,
                sources.Projector,
                options.MostTicks,
                options,
                time,
                _metrics,
                logger
            );
    }

    private IEnumerable<IProjectionRunner> Runners => _journal.Concat(_market);

    /// <summary>Runs all until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Runners.Select(runner => Task.Run(() => runner.RunAsync(cancellation), CancellationToken.None)));

    /// <summary>How each one does.</summary>
    public IReadOnlyList<ProjectionHealth> Health() => [.. Runners.Select(runner => runner.Progress.Health())];

    /// <summary>Waits until every read model of the journal has taken in an event, so that a caller reads what it wrote.
    /// </summary>
    /// <param name="offset">An offset of the journal, as a command's answer carries it.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait with an exception.</param>
    /// <returns>True when all are there; false when time ran out, and <see cref="Health"/> says how far behind they are.
    /// </returns>
    public async Task<bool> WaitForAsync(Offset offset, TimeSpan timeout, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await Task.WhenAll(_journal.Select(runner => runner.Progress.WaitForAsync(offset, either.Token)));
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The offset of the journal that every read model of it has taken in.</summary>
    public Offset Reached =>
        _journal.Count == 0 ? Offset.Start : new(_journal.Min(runner => runner.Progress.Health().Checkpoint.Value));

    /// <summary>Tries the parked streams of a projection again, for example after what was wrong has been mended.</summary>
    /// <param name="projection">Name and version, for example <c>accounts@1</c>.</param>
    /// <returns>False when no such projection runs here.</returns>
    public bool RetryParked(string projection)
    {
        var runner = Runners.FirstOrDefault(runner => runner.Progress.Projection == projection);
        runner?.RetryParked();
        return runner is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();
}
