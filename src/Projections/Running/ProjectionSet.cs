using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Reading;

namespace Trading.Projections.Running;

/// <summary>All projections of this process, running side by side: none waits for another.</summary>
public sealed class ProjectionSet : IDisposable
{
    private readonly ProjectionMetrics _metrics;
    private readonly IReadOnlyList<IProjectionRunner> _runners;
    private readonly IReadOnlyList<IProjectionRunner> _journal;
    private readonly LiveWatch _watch;
    private readonly ProjectionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

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
        : this(new(journal, market, sources, options, time, logger), ProjectionCatalog.All) { }

    internal ProjectionSet(Ground ground, IReadOnlyList<ModelCode> models)
    {
        _options = ground.Options;
        if (_options.Only.FirstOrDefault(name => models.All(model => model.Name != name)) is { } unknown)
        {
            throw new ArgumentException($"There is no read model called {unknown}.", nameof(ground));
        }

        _time = ground.Time;
        _logger = ground.Logger;
        _metrics = new(Health);
        var chosen = models.Where(model => _options.Only.Count == 0 || _options.Only.Contains(model.Name)).ToArray();
        var runners = chosen.Select(model => model.RunnerOn(ground, _metrics)).ToArray();
        _runners = runners;
        _journal = [.. runners.Where((_, index) => chosen[index].IsOfJournal)];
        _watch = new(ground.Sources, runners);
    }

    /// <summary>Runs all until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(
            _runners
                .Select(runner => Task.Run(() => runner.RunAsync(cancellation), CancellationToken.None))
                .Append(WatchAsync(cancellation))
        );

    /// <summary>How each one does.</summary>
    public IReadOnlyList<ProjectionHealth> Health() => [.. _runners.Select(runner => runner.Progress.Health())];

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
    /// <param name="projection">The live generation, for example <c>accounts@1</c>.</param>
    /// <returns>False when no such projection runs here.</returns>
    public bool RetryParked(string projection)
    {
        var runner = _runners.FirstOrDefault(runner => runner.Progress.Projection == projection);
        runner?.Nudge();
        return runner is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    private async Task WatchAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            await Task.Delay(_options.WatchPeriod, _time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await _watch.LookAsync(cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            // The runners show by themselves that the database is away.
            catch (NpgsqlException away)
            {
                Log.NotWatching(_logger, away.Message);
            }
        }
    }
}
