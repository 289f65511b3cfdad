using Npgsql;
using Trading.Projections.Schema;

namespace Trading.Projections.Running;

/// <summary>A fold of a log into one table. Between calls it may remember rows, never more than a bounded number.</summary>
internal abstract class Projection<TItem>
{
    /// <summary>The model, in the version of this code.</summary>
    public abstract ReadModel Model { get; }

    /// <summary>What it fills; the model's first generation unless another is given.</summary>
    public Generation Target
    {
        get => field ??= Model.First;
        init;
    }

    /// <summary>Folds a batch and gives back the statements that write the rows it changed. Writes nothing itself.</summary>
    /// <exception cref="PoisonException">An item of the batch cannot be folded.</exception>
    public abstract ValueTask<IReadOnlyList<NpgsqlBatchCommand>> FoldAsync(
        NpgsqlConnection connection,
        IReadOnlyList<TItem> batch,
        CancellationToken cancellation
    );

    /// <summary>Does beforehand what a later fold of these items would have to do, so that it may be done on another thread.
    /// Thread-safe; changes nothing that could be seen.</summary>
    public virtual void Prepare(IReadOnlyList<TItem> items) { }

    /// <summary>The statements of the last fold are committed.</summary>
    public abstract void Committed();

    /// <summary>The statements of the last fold are not committed, or nobody knows: nothing remembered may be trusted.
    /// </summary>
    public abstract void Forget();
}

/// <summary>An event that a projection cannot fold: a bug, or a writer newer than this reader.</summary>
internal sealed class PoisonException(string message, Exception? inner = null) : Exception(message, inner);
