using Trading.Domain.Events;
using Trading.Domain.Logs;
using Trading.Domain.Ports;
using Trading.Projections.Reading;
using Trading.Projections.Running;
using Trading.Projections.Schema;

namespace Trading.Projections.Operating;

/// <summary>Moves checkpoints by hand. Back is harmless: what a row has taken in already changes nothing. Forward leaves
/// events out.</summary>
public sealed class CheckpointMoves(IEventLog journal, ITickLog market, ReadModelSources sources, TimeProvider time)
{
    /// <summary>Moves the checkpoint of the live table. The decision is in the journal before it takes effect.</summary>
    /// <param name="projection">For example <c>accounts</c>.</param>
    /// <param name="to">From 0 to the head of its log.</param>
    /// <param name="reason">Why, for whoever reads the journal.</param>
    /// <param name="by">Who.</param>
    /// <param name="cancellation">Gives up; nothing has changed then.</param>
    /// <returns>Where it was.</returns>
    /// <exception cref="ReadModelRefusedException">No such read model, an offset beyond the log, or no reason.</exception>
    public async Task<Offset> MoveAsync(
        string projection,
        Offset to,
        string reason,
        string by,
        CancellationToken cancellation
    )
    {
        reason = OperatorDecision.Reason(reason);
        var code =
            ProjectionCatalog.All.FirstOrDefault(model => model.Name == projection)
            ?? throw new ReadModelRefusedException($"There is no read model called {projection}.");
        var head = await (code.IsOfJournal ? journal.HeadAsync(cancellation) : market.HeadAsync(cancellation));
        if (to < Offset.Start || to > head)
        {
            throw new ReadModelRefusedException($"The log goes from 0 to {head}.");
        }

        await using var owner = await sources.Owner.OpenConnectionAsync(cancellation);
        await using var transaction = await owner.BeginTransactionAsync(cancellation);
        await owner.ExecuteAsync(
            "select from read.checkpoints where model = $1 and state = 'live' for update",
            cancellation,
            UserReads.Value(projection)
        );
        var live =
            await Generations.LiveAsync(owner, projection, cancellation)
            ?? throw new ReadModelRefusedException(
                $"{projection} has no live table: the service makes it when it starts."
            );
        await OperatorDecision.RecordAsync(
            journal,
            time,
            projection,
            new CheckpointMoved
            {
                Projection = projection,
                Generation = live.Number,
                FromOffset = live.Checkpoint.Value,
                ToOffset = to.Value,
                Reason = reason,
                MovedBy = by,
            },
            cancellation
        );
        await owner.ExecuteAsync(
            "update read.checkpoints set at_offset = $2, moved_at = now() where projection = $1",
            cancellation,
            UserReads.Value(live.Projection),
            UserReads.Value(to.Value)
        );
        await transaction.CommitAsync(cancellation);
        return live.Checkpoint;
    }
}
