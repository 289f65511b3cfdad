using Trading.Projections.Rows;
using Trading.Simulation.Audit;
using Trading.Simulation.World;

namespace Trading.Simulation.ReadSide;

/// <summary>The read models' tables and checkpoints in the database, which outlive every process. Rows and checkpoint move
/// together or not at all; a checkpoint moves only from where its owner believes it is; one process at a time holds a
/// model's lock. A model of what <c>CheckpointStore</c> and the tables do on PostgreSQL.</summary>
internal class ReadStore(Auditor auditor, Trace trace, Func<DateTimeOffset> now)
{
    private readonly Dictionary<string, string> _locks = [];
    private readonly Dictionary<string, long> _checkpoints = [];
    private readonly Dictionary<(string Model, object Key), IStamped> _rows = [];

    /// <summary>Takes a model for a process; false while another that lives has it.</summary>
    public bool TryLock(string model, string process, Func<string, bool> lives)
    {
        if (_locks.TryGetValue(model, out var holder) && holder != process && lives(holder))
        {
            return false;
        }

        _locks[model] = process;
        return true;
    }

    /// <summary>Where a model stands.</summary>
    public long CheckpointOf(string model) => _checkpoints.GetValueOrDefault(model);

    /// <summary>A row, or null.</summary>
    public TRow? Find<TRow>(string model, object key)
        where TRow : class, IStamped => (TRow?)_rows.GetValueOrDefault((model, key));

    /// <summary>All rows of a model.</summary>
    public IEnumerable<IStamped> Rows(string model) =>
        _rows.Where(pair => pair.Key.Model == model).Select(pair => pair.Value);

    /// <summary>Writes rows and moves the checkpoint.</summary>
    /// <exception cref="RefusedByStoreException">The process lost the lock, or the checkpoint is elsewhere.</exception>
    public virtual bool Commit(
        string model,
        string process,
        long from,
        long to,
        IReadOnlyList<(object Key, IStamped Row)> rows
    )
    {
        if (_locks.GetValueOrDefault(model) != process || CheckpointOf(model) != from)
        {
            throw new RefusedByStoreException($"{model} is not at {from}, or not {process}'s.");
        }

        Write(model, rows);
        MoveCheckpoint(model, process, to);
        return true;
    }

    /// <summary>Writes rows; one that has taken these events in stays as it is.</summary>
    protected void Write(string model, IReadOnlyList<(object Key, IStamped Row)> rows)
    {
        foreach (var (key, row) in rows)
        {
            var stands = _rows.GetValueOrDefault((model, key));
            if (stands is CandleRow candle && row is CandleRow part)
            {
                _rows[(model, key)] = candle.With(part);
            }
            else if (stands is null || stands.Stamp.Offset < row.Stamp.Offset)
            {
                _rows[(model, key)] = row;
            }
        }
    }

    /// <summary>Moves a checkpoint.</summary>
    protected void MoveCheckpoint(string model, string process, long to)
    {
        trace.Say(now(), $"{process} {model} at {to}");
        _checkpoints[model] = to;
        auditor.Reads.Moved(model, to, this);
    }
}
