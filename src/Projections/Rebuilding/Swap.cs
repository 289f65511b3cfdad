using Npgsql;
using Trading.Domain.Logs;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Rebuilding;

/// <summary>Puts a filled table in the place of the live one, in one short transaction. It holds the live checkpoint, so the
/// live table stands still while the new one takes in the last events: no reader sees older rows after than before.
/// </summary>
internal static class Swap
{
    // Readers wait behind us no longer than this; then they go first and we try again.
    private const string Bounds =
        "set local lock_timeout = '500ms'; set local idle_in_transaction_session_timeout = '5s'";

    /// <summary>Tries once.</summary>
    /// <returns>False when a reader or the live table was in the way, or the gap is still too wide: nothing has changed.
    /// </returns>
    /// <exception cref="RebuildRefusedException">The new table could not take in a stream that the live one has.</exception>
    public static async Task<bool> TryAsync(
        NpgsqlDataSource source,
        Rebuild rebuild,
        IFill fill,
        int mostEvents,
        CancellationToken cancellation
    )
    {
        await using var owner = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await owner.BeginTransactionAsync(cancellation);
        try
        {
            await owner.ExecuteAsync(Bounds, cancellation);
            var live = await HoldLiveAsync(owner, rebuild.Projection, cancellation);
            // To the head, not only to where the live table is: between two commits of the log, never inside one.
            var head = await fill.HeadAsync(cancellation);
            if (head.Value - fill.Checkpoint.Value > mostEvents)
            {
                return false;
            }

            while (fill.Checkpoint < head)
            {
                await fill.StepAsync(head, mostEvents, cancellation);
            }

            await RefuseOlderStreamsAsync(owner, live, fill, cancellation);
            await ShowAsync(owner, rebuild, live, fill.Checkpoint, cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private static async Task<StoredGeneration> HoldLiveAsync(
        NpgsqlConnection owner,
        string model,
        CancellationToken cancellation
    )
    {
        await owner.ExecuteAsync(
            "select from read.checkpoints where model = $1 and state = 'live' for update",
            cancellation,
            UserReads.Value(model)
        );
        return await Generations.LiveAsync(owner, model, cancellation)
            ?? throw new InvalidOperationException($"{model} has no live table.");
    }

    // What is parked in the new table but not, or not as early, in the live one would show older rows than before.
    private static async Task RefuseOlderStreamsAsync(
        NpgsqlConnection owner,
        StoredGeneration live,
        IFill fill,
        CancellationToken cancellation
    )
    {
        var parkedLive = (await new CheckpointStore(owner, live.Projection).ReadParkedAsync(cancellation)).ToDictionary(
            parked => parked.Stream,
            parked => parked.Offset
        );
        var older = fill
            .Parked.Where(parked => !parkedLive.TryGetValue(parked.Stream, out var offset) || offset > parked.Offset)
            .ToArray();
        if (older.Length > 0)
        {
            throw new RebuildRefusedException(
                $"{older.Length} streams are parked in the new table only, the first {older[0].Stream} at offset "
                    + $"{older[0].Offset}: {older[0].Reason}"
            );
        }
    }

    private static async Task ShowAsync(
        NpgsqlConnection owner,
        Rebuild rebuild,
        StoredGeneration live,
        Offset reached,
        CancellationToken cancellation
    )
    {
        var model = rebuild.Projection;
        var target = (await Generations.OfAsync(owner, model, cancellation)).Find(one =>
            one.Number == rebuild.Generation
        )!;
        // Questions name the columns of the newest version, also after going back to an older one.
        var shape = live.Version > target.Version ? live.Table : target.Table;
        await Tables.ShowAsync(owner, model, target.Table, shape, cancellation);
        await owner.ExecuteAsync(
            "update read.checkpoints set state = 'retired' where model = $1 and state = 'previous'",
            cancellation,
            UserReads.Value(model)
        );
        if (
            !await TurnAsync(live.Projection, GenerationState.Live, GenerationState.Previous)
            || !await TurnAsync(target.Projection, GenerationState.Filling, GenerationState.Live)
        )
        {
            throw new RebuildRefusedException($"{target.Projection} was given up.");
        }

        await RebuildRows.EndAsync(owner, rebuild.Id, reached, cancellation);

        Task<bool> TurnAsync(string projection, GenerationState from, GenerationState to) =>
            Generations.TurnAsync(owner, projection, from, to, cancellation);
    }
}
