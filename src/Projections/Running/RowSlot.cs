using Trading.Projections.Rows;

namespace Trading.Projections.Running;

/// <summary>A row in memory while batches are folded: looked up once for each event, however often it changes. For one thread
/// at a time.</summary>
internal sealed class RowSlot<TRow>(RowKey key)
    where TRow : class, IStamped
{
    private bool _isChanged;

    /// <summary>Which row.</summary>
    public RowKey Key => key;

    /// <summary>Tells the keys of one core from those of another.</summary>
    public uint Hash { get; } = (uint)key.GetHashCode();

    /// <summary>The row; null when there is none.</summary>
    public TRow? Row { get; private set; }

    /// <summary>What a fold made of the row. The first change since it was written adds it to the changed ones.</summary>
    public void Take(TRow? after, List<RowSlot<TRow>> changed)
    {
        if (after is null || ReferenceEquals(Row, after))
        {
            return;
        }

        Row = after;
        if (!_isChanged)
        {
            _isChanged = true;
            changed.Add(this);
        }
    }

    /// <summary>There is no row any more.</summary>
    public void Clear() => (Row, _isChanged) = (null, false);

    /// <summary>The row is as the table has it.</summary>
    public void Settle(TRow written)
    {
        Row = written;
        _isChanged = false;
    }
}
