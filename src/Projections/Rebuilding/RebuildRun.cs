using Npgsql;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>Carries the unfinished rebuild of one read model to its end, in this process. What is committed is kept: whoever
/// takes over, after whatever end, goes on from the new table's checkpoint.</summary>
internal sealed class RebuildRun(ModelCode code, Ground ground, ProjectionMetrics metrics)
{
    /// <summary>One process at a time works on a rebuild: who holds this lock with the name of the read model.</summary>
    public const string KindOfLock = "read.rebuild";

    private static readonly TimeSpan BetweenSwaps = TimeSpan.FromMilliseconds(100);

    private readonly ProjectionOptions _options = ground.Options;
    private readonly Courtesy _courtesy = new(ground, metrics);
    private string _reason = "the log gives nothing";

    /// <summary>Runs until the rebuild is done, failed or given up.</summary>
    /// <returns>False when there is nothing to do here, or another process is at it.</returns>
    /// <exception cref="OperationCanceledException">The caller ended it; the rebuild is as after a kill.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(_options.RebuildFailsAfter, ground.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        while (true)
        {
            try
            {
                return await RunOnceAsync(() => patience.CancelAfter(_options.RebuildFailsAfter), either.Token);
            }
            catch (RebuildRefusedException refused)
            {
                await FailAsync(refused.Message);
                return true;
            }
            catch (Exception) when (patience.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                await FailAsync($"No progress for {_options.RebuildFailsAfter.TotalSeconds:0} s: {_reason}.");
                return true;
            }
            // What lasts ends as no progress; what does not, costs at most the step at hand.
            catch (Exception exception) when (!either.IsCancellationRequested)
            {
                _reason = exception is PostgresException or NpgsqlException
                    ? exception.Message
                    : exception.GetType().Name;
                Log.RebuildInterrupted(ground.Logger, code.Name, _reason);
                await Task.Delay(_options.FirstPause, ground.Time, either.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<bool> RunOnceAsync(Action moved, CancellationToken cancellation)
    {
        await using var owner = await ground.Sources.Owner.OpenConnectionAsync(cancellation);
        if (await RebuildRows.NewestAsync(owner, code.Name, cancellation) is not { IsUnderWay: true } asked)
        {
            return false;
        }

        var target = await TargetAsync(owner, asked, cancellation);
        await using var fill = code.FillOn(ground, target, metrics);
        // Once the lock is ours the row tells the truth: whoever held it before may have finished.
        if (
            !await fill.BeginAsync(KindOfLock, cancellation)
            || await RebuildRows.NewestAsync(owner, code.Name, cancellation) is not { IsUnderWay: true } rebuild
            || rebuild.Id != asked.Id
        )
        {
            return false;
        }

        if (rebuild.Kind == RebuildKind.Rollback)
        {
            await TurnAsync(owner, target, GenerationState.Previous, GenerationState.Filling, cancellation);
        }

        Log.RebuildBegan(ground.Logger, rebuild.Kind.ToString(), rebuild.Id, target.Projection, fill.Checkpoint.Value);
        var report = new RebuildReport(owner, rebuild.Id, fill.Checkpoint, _options.RebuildReport, ground.Time, moved);
        if (!await CarryAsync(owner, rebuild, target, fill, report, cancellation))
        {
            await fill.DisposeAsync();
            await GiveUpAsync(owner, rebuild, CancellationToken.None);
            await Tables.DropRetiredAsync(ground.Sources.Owner, code.Name, CancellationToken.None);
            Log.RebuildEnded(ground.Logger, rebuild.Kind.ToString(), rebuild.Id, code.Name, "cancelled");
            return true;
        }

        Log.Swapped(ground.Logger, rebuild.Kind.ToString(), rebuild.Id, target.Projection, fill.Checkpoint.Value);
        await fill.DisposeAsync();
        await Tables.DropRetiredAsync(ground.Sources.Owner, code.Name, cancellation);
        return true;
    }

    // False when it is to be given up.
    private async Task<bool> CarryAsync(
        NpgsqlConnection owner,
        Rebuild rebuild,
        Generation target,
        IFill fill,
        RebuildReport report,
        CancellationToken cancellation
    )
    {
        var verified = !rebuild.Verify || rebuild.Verified;
        while (true)
        {
            var head = await fill.HeadAsync(cancellation);
            if (!await report.TellAsync(RebuildState.Filling, fill.Checkpoint, head, cancellation))
            {
                return false;
            }

            while (fill.Checkpoint < head)
            {
                var most = await _courtesy.MostAsync(MostEvents, cancellation);
                var began = ground.Time.GetTimestamp();
                var events = await fill.StepAsync(head, most, cancellation);
                metrics.Rebuilt(code.Name, events);
                report.Moved();
                if (!await report.TellInTimeAsync(RebuildState.Filling, fill.Checkpoint, head, cancellation))
                {
                    return false;
                }

                await _courtesy.RestAsync(ground.Time.GetElapsedTime(began), cancellation);
            }

            if (!verified)
            {
                if (!await VerifyAsync(owner, rebuild, target, fill, report, cancellation))
                {
                    return false;
                }

                // The log has gone on meanwhile.
                verified = true;
                continue;
            }

            if (await Swap.TryAsync(ground.Sources.Owner, rebuild, fill, MostEvents, cancellation))
            {
                return true;
            }

            _reason = $"somebody reads read.{code.Name} all the time, or its live table does not stand still";
            await Task.Delay(BetweenSwaps, ground.Time, cancellation);
        }
    }

    private async Task<bool> VerifyAsync(
        NpgsqlConnection owner,
        Rebuild rebuild,
        Generation target,
        IFill fill,
        RebuildReport report,
        CancellationToken cancellation
    )
    {
        var left = await owner.ScalarAsync(
            "select scratch from read.rebuilds where id = $1",
            cancellation,
            UserReads.Value(rebuild.Id)
        );
        await using var fresh = await FreshFold.BeginAsync(
            ground,
            code,
            target.Model,
            left as int?,
            metrics,
            cancellation
        );
        fresh.IsKept = true;
        await owner.ExecuteAsync(
            "update read.rebuilds set scratch = $2 where id = $1",
            cancellation,
            UserReads.Value(rebuild.Id),
            UserReads.Value(fresh.Number)
        );
        while (fresh.Fill.Checkpoint < fill.Checkpoint)
        {
            var most = await _courtesy.MostAsync(MostEvents, cancellation);
            var began = ground.Time.GetTimestamp();
            await fresh.Fill.StepAsync(fill.Checkpoint, most, cancellation);
            report.Moved();
            if (
                !await report.TellInTimeAsync(
                    RebuildState.Verifying,
                    fresh.Fill.Checkpoint,
                    fill.Checkpoint,
                    cancellation
                )
            )
            {
                fresh.IsKept = false;
                return false;
            }

            await _courtesy.RestAsync(ground.Time.GetElapsedTime(began), cancellation);
        }

        fresh.IsKept = false;
        var stored = (await Generations.OfAsync(owner, code.Name, cancellation)).Find(one =>
            one.Number == target.Number
        )!;
        var comparison = await RowComparison.RunAsync(
            fill.Connection,
            stored,
            fresh.Table,
            fill.Checkpoint,
            cancellation
        );
        if (comparison.Differences > 0)
        {
            throw new RebuildRefusedException(
                $"{comparison.Differences} rows differ from a fresh fold, the first {comparison.First[0]}"
            );
        }

        await owner.ExecuteAsync(
            "update read.rebuilds set verified = true, scratch = null where id = $1",
            cancellation,
            UserReads.Value(rebuild.Id)
        );
        report.Moved();
        return true;
    }

    private int MostEvents => code.IsOfJournal ? _options.MostEvents : _options.MostTicks;

    private async Task<Generation> TargetAsync(NpgsqlConnection owner, Rebuild rebuild, CancellationToken cancellation)
    {
        var stored =
            (await Generations.OfAsync(owner, code.Name, cancellation)).Find(one => one.Number == rebuild.Generation)
            ?? throw new RebuildRefusedException($"The table {rebuild.Generation} of {code.Name} is gone.");
        var version =
            code.Find(stored.Version)
            ?? throw new RebuildRefusedException($"Version {stored.Version} of {code.Name} is not in this program.");
        return new(version, stored.Number);
    }

    private static Task<bool> TurnAsync(
        NpgsqlConnection owner,
        Generation target,
        GenerationState from,
        GenerationState to,
        CancellationToken cancellation
    ) => Generations.TurnAsync(owner, target.Projection, from, to, cancellation);

    /// <summary>Gives a rebuild up that nobody works on: its table goes, or goes back to where it was.</summary>
    public static async Task GiveUpAsync(NpgsqlConnection owner, Rebuild rebuild, CancellationToken cancellation)
    {
        await using var transaction = await owner.BeginTransactionAsync(cancellation);
        await Generations.TurnAsync(
            owner,
            Generation.NameOf(rebuild.Projection, rebuild.Generation),
            GenerationState.Filling,
            rebuild.Kind == RebuildKind.Rollback ? GenerationState.Previous : GenerationState.Retired,
            cancellation
        );
        await RebuildRows.TurnAsync(owner, rebuild.Id, RebuildState.Cancelled, null, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Ends it without a swap; it goes on where it was when asked for again.</summary>
    /// <param name="problem">Why, for people.</param>
    public async Task FailAsync(string problem)
    {
        metrics.RebuildFailed(code.Name);
        await using var owner = await ground.Sources.Owner.OpenConnectionAsync();
        if (await RebuildRows.NewestAsync(owner, code.Name, CancellationToken.None) is { IsUnderWay: true } rebuild)
        {
            await RebuildRows.TurnAsync(owner, rebuild.Id, RebuildState.Failed, problem, CancellationToken.None);
            Log.RebuildFailed(
                ground.Logger,
                rebuild.Kind.ToString(),
                rebuild.Id,
                code.Name,
                rebuild.Checkpoint.Value,
                problem
            );
        }
    }
}
