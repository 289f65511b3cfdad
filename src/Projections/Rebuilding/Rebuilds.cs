using Microsoft.Extensions.Logging;
using Npgsql;
using Trading.Domain.Ports;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>Rebuilds of read models: asked for anywhere, carried out by one process each, watched from everywhere. All that
/// is known about them stands in the database.</summary>
public sealed class Rebuilds : IDisposable
{
    private readonly Ground _ground;
    private readonly IReadOnlyList<ModelCode> _models;
    private readonly ProjectionMetrics _metrics = new(() => []);

    /// <summary>Rebuilds from the two logs. Nothing runs before <see cref="RunAsync"/> or <see cref="WorkAsync"/>, and nothing
    /// of the journal while <paramref name="sealedFields"/> says that something could not be opened.</summary>
    public Rebuilds(
        IEventLog journal,
        ITickLog market,
        ReadModelSources sources,
        ProjectionOptions options,
        TimeProvider time,
        ILogger<Rebuilds> logger,
        ISealedFields? sealedFields = null
    )
        : this(new(journal, market, sources, options, time, logger) { Sealed = sealedFields }, ProjectionCatalog.All)
    { }

    internal Rebuilds(Ground ground, IReadOnlyList<ModelCode> models)
    {
        _ground = ground;
        _models = models;
    }

    /// <summary>The read models of this program.</summary>
    public IReadOnlyList<string> Projections => [.. _models.Select(model => model.Name)];

    /// <summary>Asks for a rebuild, or for one that failed or was interrupted to go on. It is carried out by whoever comes
    /// first: a service that works, or the caller with <see cref="RunAsync"/>.</summary>
    public async Task<RebuildAnswer> AskAsync(string projection, RebuildRequest request, CancellationToken cancellation)
    {
        if (CodeOf(projection) is not { } code)
        {
            return new RebuildAnswer.Unknown();
        }

        if (await WhatCannotBeOpenedAsync(code, cancellation) is { } closed)
        {
            return new RebuildAnswer.Refused(closed);
        }

        await using var owner = await _ground.Sources.Owner.OpenConnectionAsync(cancellation);
        await using var transaction = await owner.BeginTransactionAsync(cancellation);
        await owner.ExecuteAsync(
            "select pg_advisory_xact_lock(hashtext('read.rebuild.ask'), hashtext($1))",
            cancellation,
            UserReads.Value(projection)
        );
        var newest = await RebuildRows.NewestAsync(owner, projection, cancellation);
        var answer = newest switch
        {
            { IsUnderWay: true } => new RebuildAnswer.Busy(newest),
            { IsEnded: false } => await RebuildAsking.AgainAsync(owner, newest, request, cancellation),
            _ => await RebuildAsking.AnewAsync(owner, code, request, cancellation),
        };
        await transaction.CommitAsync(cancellation);
        return answer;
    }

    /// <summary>The newest rebuild of a read model, whatever became of it; null when there never was one.</summary>
    public async Task<Rebuild?> FindAsync(string projection, CancellationToken cancellation)
    {
        await using var reader = await _ground.Sources.Operator.OpenConnectionAsync(cancellation);
        return await RebuildRows.NewestAsync(reader, projection, cancellation);
    }

    /// <summary>Gives the unfinished rebuild of a read model up. Whoever runs it stops within a second.</summary>
    /// <returns>It, or null when there is none.</returns>
    public async Task<Rebuild?> CancelAsync(string projection, CancellationToken cancellation)
    {
        await using var owner = await _ground.Sources.Owner.OpenConnectionAsync(cancellation);
        if (await RebuildRows.NewestAsync(owner, projection, cancellation) is not { IsEnded: false } rebuild)
        {
            return null;
        }

        await owner.ExecuteAsync(
            "update read.rebuilds set cancel_asked = true where id = $1",
            cancellation,
            UserReads.Value(rebuild.Id)
        );
        await using (var held = await _ground.Sources.Projector.OpenConnectionAsync(cancellation))
        {
            if (await CheckpointStore.TryLockAsync(held, RebuildRun.KindOfLock, projection, cancellation))
            {
                await RebuildRun.GiveUpAsync(owner, rebuild, cancellation);
            }
        }

        await Tables.DropRetiredAsync(_ground.Sources.Owner, projection, cancellation);
        return await RebuildRows.NewestAsync(owner, projection, cancellation);
    }

    /// <summary>Carries the unfinished rebuild of a read model out, here, until it is done, failed or given up.</summary>
    /// <returns>False when there is none, or another process is at it.</returns>
    /// <exception cref="OperationCanceledException">Ended by the caller: it goes on where it was, when somebody takes it up.
    /// </exception>
    public Task<bool> RunAsync(string projection, CancellationToken cancellation) =>
        new RebuildRun(
            CodeOf(projection) ?? throw new ArgumentException($"No read model {projection}.", nameof(projection)),
            _ground,
            _metrics
        ).RunAsync(cancellation);

    /// <summary>Leaves an unfinished rebuild where it is until it is asked for again: no service takes it up.</summary>
    public async Task PauseAsync(string projection, CancellationToken cancellation)
    {
        await using var owner = await _ground.Sources.Owner.OpenConnectionAsync(cancellation);
        if (await RebuildRows.NewestAsync(owner, projection, cancellation) is { IsUnderWay: true } rebuild)
        {
            await RebuildRows.TurnAsync(owner, rebuild.Id, RebuildState.Paused, null, cancellation);
        }
    }

    /// <summary>Drops the table that was live before: there is no way back to it from here.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> DropPreviousAsync(string projection, CancellationToken cancellation)
    {
        await using var owner = await _ground.Sources.Owner.OpenConnectionAsync(cancellation);
        var dropped = await owner.ExecuteAsync(
            "update read.checkpoints set state = 'retired' where model = $1 and state = 'previous'",
            cancellation,
            UserReads.Value(projection)
        );
        await Tables.DropRetiredAsync(_ground.Sources.Owner, projection, cancellation);
        return dropped > 0;
    }

    /// <summary>Carries out whatever is asked for, and takes up what a killed process has left, until cancelled. Different
    /// read models are rebuilt at the same time; processes share the work.</summary>
    public async Task WorkAsync(CancellationToken cancellation)
    {
        var working = new Dictionary<string, Task>();
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                foreach (var rebuild in await UnderWayAsync(cancellation))
                {
                    if (!working.TryGetValue(rebuild.Projection, out var at) || at.IsCompleted)
                    {
                        working[rebuild.Projection] = TakeAsync(rebuild.Projection, cancellation);
                    }
                }
            }
            catch (NpgsqlException away)
            {
                Log.RebuildsAway(_ground.Logger, away.Message);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                break;
            }

            await Task.Delay(_ground.Options.WatchPeriod, _ground.Time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(working.Values);
    }

    /// <inheritdoc/>
    public void Dispose() => _metrics.Dispose();

    private async Task<IEnumerable<Rebuild>> UnderWayAsync(CancellationToken cancellation)
    {
        await using var reader = await _ground.Sources.Operator.OpenConnectionAsync(cancellation);
        var newest = await RebuildRows.NewestAsync(reader, cancellation);
        return newest.Where(rebuild => rebuild.IsUnderWay && CodeOf(rebuild.Projection) is not null);
    }

    private async Task TakeAsync(string projection, CancellationToken cancellation)
    {
        try
        {
            // Such as a newer version's, which nobody has asked for.
            if (await WhatCannotBeOpenedAsync(CodeOf(projection)!, cancellation) is { } closed)
            {
                await new RebuildRun(CodeOf(projection)!, _ground, _metrics).FailAsync(closed);
                return;
            }

            await Task.Run(() => RunAsync(projection, cancellation), CancellationToken.None);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        // The next look takes it up again.
        catch (NpgsqlException away)
        {
            Log.RebuildsAway(_ground.Logger, away.Message);
        }
    }

    private async ValueTask<string?> WhatCannotBeOpenedAsync(ModelCode code, CancellationToken cancellation) =>
        code.IsOfJournal && _ground.Sealed is { } fields
            ? await fields.WhatCannotBeOpenedAsync(user: null, cancellation)
            : null;

    private ModelCode? CodeOf(string projection) => _models.FirstOrDefault(model => model.Name == projection);
}
